import type { PrincipalRole } from '../../kafka/rights/rights.ts';
import type { Work } from '../work.ts';
import type { Finding } from './findings.ts';
import type { OpenKafka, OpenPostgres, OpenRegistry, ReachedServers, Server } from './reached-servers.ts';

/** What a check can use. */
export type Exam = {
  readonly work: Work;
  readonly servers: ReachedServers;
  /** The principal whose rights in Kafka the login should have. */
  readonly role: PrincipalRole;
};

export type Check = {
  readonly name: string;
  /** Without one of these, the check does not run. */
  readonly needs: readonly Server[];
  readonly run: (exam: Exam) => Promise<readonly Finding[]>;
};

type Findings = readonly Finding[] | Promise<readonly Finding[]>;

export const onKafka = (name: string, run: (kafka: OpenKafka, exam: Exam) => Findings): Check => ({
  name,
  needs: ['Kafka'],
  run: async (exam) => (exam.servers.kafka === null ? [] : run(exam.servers.kafka, exam)),
});

export const onRegistry = (name: string, run: (registry: OpenRegistry) => Findings): Check => ({
  name,
  needs: ['the registry'],
  run: async ({ servers: { registry } }) => (registry === null ? [] : run(registry)),
});

export const onPostgres = (name: string, run: (postgres: OpenPostgres) => Findings): Check => ({
  name,
  needs: ['Postgres'],
  run: async ({ servers: { postgres } }) => (postgres === null ? [] : run(postgres)),
});

export const onKafkaAndPostgres = (
  name: string,
  run: (kafka: OpenKafka, postgres: OpenPostgres, exam: Exam) => Findings,
): Check => ({
  name,
  needs: ['Kafka', 'Postgres'],
  run: async (exam) => {
    const { kafka, postgres } = exam.servers;
    return kafka === null || postgres === null ? [] : run(kafka, postgres, exam);
  },
});

export const onSettings = (name: string, run: (exam: Exam) => Findings): Check => ({
  name,
  needs: [],
  run: async (exam) => run(exam),
});

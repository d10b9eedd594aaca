import type { SchemaIds } from '../../avro/schema-ids.ts';
import type { ConsumerState as KafkaConsumerState } from '../../kafka/consume/consumer-state.ts';
import {
  type HealthReport,
  liveness,
  type LivenessFacts,
  type Probe,
  readiness,
} from '../../observability/health.ts';
import type { Standstill } from '../../observability/standstill.ts';
import { ping } from '../../postgres/ping.ts';
import type { Database } from '../../postgres/pool.ts';
import { failureOf } from '../../processor/failure.ts';
import type { Dependency } from '../../processor/ports/breakers.ts';
import type { BatchesInFlight } from './batches-in-flight.ts';
import { alarmsOf, type Look, membershipOf } from './look.ts';
import type { ServerWatch } from './server-watch.ts';

export type MemberHealthDeps = {
  readonly pool: Database;
  readonly schemaIds: SchemaIds;
  readonly openDependencies: () => readonly Dependency[];
  readonly consumer: () => KafkaConsumerState;
  readonly batches: Pick<BatchesInFlight, 'partitions' | 'retried'>;
  readonly look: Pick<Look, 'hindered'>;
  readonly kafka: Pick<ServerWatch, 'state'>;
  readonly standstills: () => readonly Standstill[];
  readonly isStopping: () => boolean;
};

export type MemberHealth = {
  live(): HealthReport;
  /** Asks Postgres and the registry now; the state of Kafka is that of the last check. */
  ready(): Promise<HealthReport>;
};

export const createMemberHealth = (deps: MemberHealthDeps): MemberHealth => {
  const { pool, schemaIds, batches } = deps;
  const facts = (): LivenessFacts => {
    const consumer = deps.consumer();
    return {
      consumer: deps.isStopping() ? { kind: 'stopping' } : membershipOf(consumer),
      working: batches.partitions(),
      retried: batches.retried(),
      hindered: deps.look.hindered(),
      standstills: deps.standstills(),
      alarms: alarmsOf(consumer),
      openDependencies: deps.openDependencies(),
    };
  };
  return {
    live: () => liveness(facts()),
    ready: async () => {
      const [database, schemas] = await Promise.all([
        probe(() => ping(pool)),
        probe(() => schemaIds.current()),
      ]);
      return readiness({ ...facts(), kafka: deps.kafka.state(), database, schemas });
    },
  };
};

const probe = async (ask: () => Promise<unknown>): Promise<Probe> => {
  try {
    await ask();
    return { kind: 'ok' };
  } catch (thrown) {
    return { kind: 'failing', reason: failureOf(thrown).code };
  }
};

import type { Config } from '../../config/config.ts';
import type { MemberFacts } from '../../kafka/consume/member-facts.ts';
import { topicNames } from '../../kafka/names/topic-names.ts';
import { expose } from '../../observability/exposition.ts';
import { type HealthReport, united } from '../../observability/health.ts';
import { startHttpServer } from '../../observability/http-server.ts';
import { createMetrics, emptyRegistry, type MetricValues } from '../../observability/metrics.ts';
import { version } from '../version.ts';
import { instanceStatus } from './instance-status.ts';
import type { Member } from './member.ts';

/** The settings that the endpoints need. */
export type EndpointsConfig = {
  readonly http: Config['http'];
  readonly kafka: Pick<Config['kafka'], 'groupId'>;
  readonly topics: Pick<Config['topics'], 'prefix'>;
};

export type Endpoints = {
  readonly port: number;
  /** The facts about this process for the group. */
  readonly facts: MemberFacts;
  /** From now on, the endpoints answer for these members. */
  answerFor(members: readonly Member[]): void;
  /** May be called twice. */
  close(): Promise<void>;
};

/**
 * Answers requests for health, metrics and status from the start of the process on, because Prometheus and the kubelet do not wait for the
 * servers that `serve` waits for. Rejects with the fatal failure `HTTP_UNAVAILABLE` if the port is taken.
 *
 * @param instance the id of the process, also in its logs and traces
 */
export const openEndpoints = async (
  { http, kafka, topics }: EndpointsConfig,
  instance: string,
): Promise<Endpoints> => {
  const about = {
    groupId: kafka.groupId,
    topic: topicNames(topics.prefix).requested,
    instance,
    version,
    startedAt: Math.round(Date.now() - process.uptime() * 1_000),
  };
  let members: readonly Member[] | undefined;
  const ofAll = <T>(ask: (member: Member) => Promise<T>): Promise<T[]> | undefined =>
    members && Promise.all(members.map(ask));
  const server = await startHttpServer({
    ...http,
    live: async () => united((await ofAll((member) => member.live())) ?? [STARTING.live]),
    ready: async () => united((await ofAll((member) => member.ready())) ?? [STARTING.ready]),
    exposition: async (format) =>
      expose((await ofAll((member) => member.metrics())) ?? [await startingMetrics()], format),
    status: async () =>
      instanceStatus(
        { ...about, uptimeSeconds: Math.floor(process.uptime()) },
        (await ofAll((member) => member.status())) ?? null,
      ),
  });
  return {
    port: server.port,
    facts: { instance: about.instance, version, startedAt: about.startedAt, httpPort: server.port },
    answerFor: (started) => {
      members = started;
    },
    close: () => server.close(),
  };
};

const detail = 'starting: waiting for Kafka, Postgres and the registry';

const STARTING: Readonly<Record<'live' | 'ready', HealthReport>> = {
  live: { status: 'ok', checks: [{ name: 'consumer', status: 'waiting', detail }] },
  ready: { status: 'failing', checks: [{ name: 'consumer', status: 'failing', detail }] },
};

const startingMetrics = (): Promise<MetricValues> => {
  const metrics = createMetrics(emptyRegistry());
  metrics.set('runclose_build_info', { version, node: process.versions.node }, 1);
  metrics.set('runclose_ready', {}, 0);
  return metrics.values();
};

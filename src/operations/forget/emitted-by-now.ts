import { ConfigError } from '../../config/config-error.ts';
import { type EmittedByNow, KAFKA_UNKNOWN } from '../../postgres/forgetting/read-page.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import type { Database } from '../../postgres/pool.ts';
import { Failure } from '../../processor/failure.ts';
import { isSameLog } from '../../processor/log-identity.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { lookAtEach } from '../servers/topics.ts';
import type { Work } from '../work.ts';

/**
 * Finds events that were emitted although Postgres does not know it yet: a processor records a batch as emitted only with the next batch.
 * Reads the outputs, because only the outputs prove what was emitted (R6 of docs/adr/0002-six-rules-for-effectively-once.md). The group's
 * offset proves nothing: somebody may have moved it.
 * If Kafka does not answer, if the topics are not those of the leases, or if a partition's outputs cannot be read, only Postgres counts.
 */
export const emittedByNow = async (work: Work, pool: Database): Promise<EmittedByNow> => {
  try {
    return await askKafka(work, pool);
  } catch (error) {
    const why = reasonOf(error);
    if (why === null) throw error;
    work.note(`Kafka was not asked which events are emitted: ${why}.`);
    return KAFKA_UNKNOWN;
  }
};

const askKafka = async (work: Work, pool: Database): Promise<EmittedByNow> => {
  const config = work.settings('kafka');
  const { log, names } = await openKafkaTopics(work, { ...config, startupTimeoutSeconds: 0 });
  // Read the leases before the outputs: outputs that are read later can only hold more.
  const leases = await listLeases(pool, names.requested);
  if (leases.length === 0) return KAFKA_UNKNOWN;
  const identity = await log.anyIdentity();
  const { found, unread } = await lookAtEach(
    leases.filter((each) => isSameLog(each, identity)).map(({ partition }) => partition),
    log.lastEmittedSource,
  );
  for (const { partition, failure } of unread)
    work.note(
      `Kafka cannot tell which events of ${names.requested}/${partition} are emitted: ${failure.message}.`,
    );
  const through = new Map(
    found.flatMap(({ partition, value: last }) => (last === null ? [] : [[partition, last + 1] as const])),
  );
  return { scope: { clusterId: identity.clusterId, topic: names.requested }, through };
};

const reasonOf = (error: unknown): string | null => {
  if (error instanceof ConfigError)
    return error.problems.map(({ variable, message }) => `${variable} ${message}`).join(', ');
  return error instanceof Failure && UNKNOWN.has(error.code) ? error.message : null;
};

const UNKNOWN = new Set(['SERVER_UNREACHABLE', 'KAFKA_TOPIC_DELETED']);

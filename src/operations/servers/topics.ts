import { missingOutputsIn } from '../../kafka/read/input-log.ts';
import { topicMissing } from '../../kafka/topics/partition-counts.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import { inspectPartition, type Inspected } from '../../processor/inspect-partition.ts';
import type { InputLog } from '../../processor/ports/input-log.ts';
import type { Work } from '../work.ts';
import { openKafkaTopics } from './kafka-topics.ts';
import { openDatabase } from './servers.ts';

/**
 * Reads the five topics from Kafka, and the leases of the input from Postgres, before anything is asked about the partitions. Rejects if
 * the input is missing.
 */
export const openTopics = async (work: Work) => {
  const config = work.settings('kafka', 'database');
  const pool = await openDatabase(work, config);
  const topics = await openKafkaTopics(work, config);
  const { log, reader, names } = topics;

  const leases = await listLeases(pool, names.requested);
  const counts = await reader.partitionCounts(Object.values(names));
  const inputPartitions = counts.get(names.requested) ?? 0;
  if (inputPartitions === 0) throw topicMissing(names.requested);
  const missing = [...counts].find(([, count]) => count === 0)?.[0] ?? null;
  const identity = missing === null ? await log.anyIdentity() : null;
  const partitions = Array.from({ length: inputPartitions }, (_, partition) => partition);
  return { ...topics, pool, counts, missing, partitions, identity, leases };
};

export type OpenTopics = Awaited<ReturnType<typeof openTopics>>;

/** Like `openTopics`, but rejects if any of the five topics is missing. */
export const openAllTopics = async (work: Work) => {
  const { missing, identity, ...topics } = await openTopics(work);
  if (identity === null) throw topicMissing(missing ?? topics.names.requested);
  return { ...topics, identity };
};

/** Finds out what holds up a partition of the input. */
export const inspect = (
  { log, names, leases, identity, counts }: Omit<OpenTopics, 'missing'>,
  lastEmittedSource: InputLog['lastEmittedSource'],
  partition: number,
): Promise<Inspected> =>
  inspectPartition(
    {
      topic: names.requested,
      log,
      lastEmittedSource,
      leases,
      identity,
      missingOutputs: (output) => missingOutputsIn(counts, names, output),
    },
    partition,
  );

export type Looked<T> = {
  readonly found: readonly { readonly partition: number; readonly value: T }[];
  /** Partitions that could not be read: they have no leader, or an open transaction holds them up. */
  readonly unread: readonly { readonly partition: number; readonly failure: Failure }[];
};

/** Inspects each partition by itself, so that the others are still inspected if one is held up. */
export const lookAtEach = async <T>(
  partitions: readonly number[],
  look: (partition: number) => Promise<T>,
): Promise<Looked<T>> => {
  const found: { partition: number; value: T }[] = [];
  const unread: { partition: number; failure: Failure }[] = [];
  await Promise.all(
    partitions.map(async (partition) => {
      try {
        found.push({ partition, value: await look(partition) });
      } catch (thrown) {
        const failure = failureOf(thrown);
        if (failure.kind !== 'transient') throw failure;
        unread.push({ partition, failure });
      }
    }),
  );
  const byPartition = (a: { partition: number }, b: { partition: number }): number =>
    a.partition - b.partition;
  return { found: found.sort(byPartition), unread: unread.sort(byPartition) };
};

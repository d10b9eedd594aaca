import type { PartitionReader } from '../read/partition-reader.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { topicMissing } from '../topics/partition-counts.ts';
import { keyOf, partitionsOf, type PartitionBounds } from '../topics/partition-offsets.ts';

/** The end of each output partition (`keyOf`) at a moment. */
export type OutputEnds = ReadonlyMap<string, number>;

type Reader = Pick<PartitionReader, 'partitionCounts' | 'leaderless' | 'bounds'>;

/** Asks where the topics end. Rejects with `KAFKA_TOPIC_MISSING` if one of the topics does not exist. */
export const createOutputEnds = (reader: Reader, topics: readonly string[]): (() => Promise<OutputEnds>) =>
  sharedRequests(async () => {
    const counts = await reader.partitionCounts(topics);
    for (const [topic, count] of counts) if (count === 0) throw topicMissing(topic);
    const all = [...counts].flatMap(([topic, count]) => partitionsOf(topic, count));
    return new Map((await ledBounds(reader, all)).map((output) => [keyOf(output), output.stable]));
  });

/**
 * Callers share a request, but only one that is sent after their call. If an end were older, retention might have removed records behind
 * it. The watch would miss those records, although none of them can belong to the command.
 */
const sharedRequests = <T>(ask: () => Promise<T>): (() => Promise<T>) => {
  let inFlight: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    next ??= inFlight.then(() => {
      next = undefined;
      const answer = ask();
      inFlight = answer.catch(() => undefined);
      return answer;
    });
    return next;
  };
};

/** Leaves out partitions that no broker leads: asking for them would hold up the others. */
export const ledBounds = async (
  reader: Pick<PartitionReader, 'leaderless' | 'bounds'>,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionBounds[]> => {
  const leaderless = new Set((await reader.leaderless(partitions)).map(keyOf));
  return reader.bounds(partitions.filter((partition) => !leaderless.has(keyOf(partition))));
};

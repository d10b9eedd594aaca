import type { PartitionReader } from '../read/partition-reader.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { topicMissing } from '../topics/partition-counts.ts';
import { keyOf, partitionsOf, type PartitionBounds } from '../topics/partition-offsets.ts';

/** The end of each output partition (`keyOf`) at a moment. */
export type OutputEnds = ReadonlyMap<string, number>;

type Reader = Pick<PartitionReader, 'partitionCounts' | 'leaderless' | 'bounds'>;

/** An older end is still right, but costs more reading, and doubt if retention removes records behind it meanwhile. */
const FRESH_MS = 50;

/** Asks where the topics end, at most twenty times a second. Rejects with `KAFKA_TOPIC_MISSING` if one of the topics does not exist. */
export const createOutputEnds = (reader: Reader, topics: readonly string[]): (() => Promise<OutputEnds>) => {
  let last: { readonly askedAt: number; readonly ends: Promise<OutputEnds> } | undefined;

  const ask = async (): Promise<OutputEnds> => {
    const counts = await reader.partitionCounts(topics);
    for (const [topic, count] of counts) if (count === 0) throw topicMissing(topic);
    const all = [...counts].flatMap(([topic, count]) => partitionsOf(topic, count));
    return new Map((await ledBounds(reader, all)).map((output) => [keyOf(output), output.stable]));
  };

  return () => {
    if (last === undefined || performance.now() - last.askedAt > FRESH_MS) {
      const request = { askedAt: performance.now(), ends: ask() };
      request.ends.catch(() => {
        if (last === request) last = undefined;
      });
      last = request;
    }
    return last.ends;
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

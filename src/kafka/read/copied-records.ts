/**
 * Finds the copies in a topic. The target is the truth about what was copied, as long as retention keeps it. The processor treats its
 * outputs alike (the output is the truth, R6 of docs/adr/0002-six-rules-for-effectively-once.md).
 */
import type { AnyHeaders } from '../records/headers.ts';
import { createOffsetSet, type OffsetSet } from './offset-set.ts';
import type { PartitionReader } from './partition-reader.ts';

/** The position that a record was copied from. */
export type CopiedFrom = { readonly partition: string; readonly offset: number };

export type CopiedRecords = {
  /** The offsets that were copied, by source partition. */
  readonly found: OffsetSet;
  readonly count: number;
  /** By partition of the target: the first offset that retention has kept. */
  readonly lows: readonly number[];
  /** By partition of the target: one past the last offset that was read. */
  readonly highs: readonly number[];
};

export type CopiedRecordsQuery = {
  readonly topic: string;
  readonly partitions: number;
  /** By partition, the first offset to read. */
  readonly from: (partition: number) => number;
  /** Returns null for a record that is not a copy. */
  readonly copiedFrom: (headers: AnyHeaders) => CopiedFrom | null;
};

/** Reads a topic read-committed, from the given offsets to its end. */
export const findCopiedRecords = async (
  reader: PartitionReader,
  { topic, partitions, from, copiedFrom }: CopiedRecordsQuery,
): Promise<CopiedRecords> => {
  const bounds = await reader.bounds(
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
  );
  const copiedOffsets = createOffsetSet();
  let count = 0;
  const ranges = bounds.map(({ partition, low, high }) => ({
    topic,
    partition,
    from: Math.max(low, from(partition)),
    to: high,
  }));
  for await (const records of reader.readEncoded(ranges)) {
    for (const { headers } of records) {
      const place = copiedFrom(headers);
      if (place !== null && copiedOffsets.add(place.partition, place.offset)) count += 1;
    }
  }
  return {
    found: copiedOffsets,
    count,
    lows: bounds.map(({ low }) => low),
    highs: bounds.map(({ high }) => high),
  };
};

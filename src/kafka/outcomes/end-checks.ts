/**
 * Finds out which commands have no outcome in the outputs. The events of a transaction become visible in one partition after another, and
 * later than the group's offset. So a command that the group has passed has no outcome only if everything below the ends of all outputs
 * was read, and these ends were asked for after the offset.
 */
import type { TopicPartition } from '../records/log-record.ts';
import { keyOf, type PartitionBounds } from '../topics/partition-offsets.ts';

type OutputEnd = { readonly key: string; readonly end: number };

type EndCheck = { readonly passed: number; readonly ends: readonly OutputEnd[] };

export type EndChecks = {
  /**
   * By partition, the offset below which a command without an outcome is a duplicate. Call this after each reading.
   *
   * @param bounds were asked for after `passed`
   * @param readUpTo by partition of an output (`keyOf`), the offset below which everything was read
   */
  settled(round: {
    readonly partitions: readonly number[];
    readonly passed: ReadonlyMap<number, number | null>;
    readonly bounds: readonly PartitionBounds[];
    readonly readUpTo: ReadonlyMap<string, number>;
  }): ReadonlyMap<number, number>;
};

/** @param outputsOf the output partitions that must be read to the end */
export const createEndChecks = (outputsOf: (partition: number) => readonly TopicPartition[]): EndChecks => {
  let checks = new Map<number, EndCheck>();

  const newCheck = (
    partition: number,
    passed: number | null | undefined,
    bounds: readonly PartitionBounds[],
  ): EndCheck | undefined => {
    if (passed === null || passed === undefined) return undefined;
    const outputs = bounds.filter((output) => output.partition === partition);
    // An output without a leader has no bounds at present.
    if (outputs.length < outputsOf(partition).length) return undefined;
    return { passed, ends: outputs.map((output) => ({ key: keyOf(output), end: output.high })) };
  };

  return {
    settled: ({ partitions, passed, bounds, readUpTo }) => {
      const settled = new Map<number, number>();
      const unfinished = new Map<number, EndCheck>();
      const highs = new Map(bounds.map((output) => [keyOf(output), output.high]));
      // A log that was truncated, or created again, may never reach its old end.
      const isPossible = (check: EndCheck): boolean =>
        check.ends.every(({ key, end }) => (highs.get(key) ?? Infinity) >= end);
      for (const partition of partitions) {
        // Keep an unfinished check: behind a busy processor, the newest end is always held back by an open transaction.
        const kept = checks.get(partition);
        const check =
          kept !== undefined && isPossible(kept) ? kept : newCheck(partition, passed.get(partition), bounds);
        if (check === undefined) continue;
        if (check.ends.every(({ key, end }) => (readUpTo.get(key) ?? 0) >= end))
          settled.set(partition, check.passed);
        else unfinished.set(partition, check);
      }
      checks = unfinished;
      return settled;
    },
  };
};

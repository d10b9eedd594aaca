import type { PartitionProgress } from '../../kafka/read/input-log.ts';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import type { OffsetRange } from '../../wire/position.ts';
import type { BatchesInFlight } from './batches-in-flight.ts';
import type { CommandAges } from './command-ages.ts';

export type WaitingSearchDeps = {
  readonly log: { firstRecord(range: OffsetRange): Promise<LogRecord | null> };
  readonly ages: Pick<CommandAges, 'isKnown' | 'found'>;
  readonly batches: Pick<BatchesInFlight, 'partitions'>;
};

/**
 * Looks for the oldest command of partitions that have more to read, but no batch: the consumer knows the age only of commands that it has
 * fetched. The search never rejects. While one search runs, another one does nothing.
 */
export const createWaitingSearch = ({ log, ages, batches }: WaitingSearchDeps) => {
  let isSearching = false;
  const isUnseen = (partition: number): boolean =>
    !ages.isKnown(partition) && !batches.partitions().includes(partition);

  return async (progress: readonly PartitionProgress[]): Promise<void> => {
    if (isSearching) return;
    isSearching = true;
    for (const { partition, next, end } of progress) {
      if (end <= next || !isUnseen(partition)) continue;
      const record = await log.firstRecord({ partition, from: next, to: end }).catch(() => null);
      if (record !== null && isUnseen(partition)) ages.found(partition, record);
    }
    isSearching = false;
  };
};

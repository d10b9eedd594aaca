/**
 * Reads many partitions read-committed side by side, each at its own pace, so that a caller can merge them. Memory is bounded: some hundred
 * kilobytes per partition. Rejects with a `Failure`, as `PartitionReader` does.
 */
import { count } from '../../domain/words/count.ts';
import { Failure } from '../../processor/failure.ts';
import type { ClusterConnection } from '../client/cluster-connection.ts';
import { recordOf, type LogRecord, type TopicPartition } from '../records/log-record.ts';
import { keyOf } from '../topics/partition-offsets.ts';
import { failIfStalled, fetchBatches, type ReadCursor } from './partition-reader.ts';

export type StreamRange = TopicPartition & { readonly from: number; readonly to: number };

export interface PartitionStream {
  /** The next record; null at the end; undefined if it must be fetched first. */
  head(): LogRecord | null | undefined;
  /** The record after the head; null and undefined as for `head`. */
  second(): LogRecord | null | undefined;
  /** Moves to the record after the head. */
  advance(): void;
  /** The offset from which a new reading would give the same head. */
  next(): number;
}

export type PartitionStreams = {
  readonly streams: readonly PartitionStream[];
  /** Fetches for every stream that has few records left. */
  fill(): Promise<void>;
};

/** What happens if retention removes records before they are read. */
export type OnRemoval = 'skip' | 'fail';

/** The limit of one partition in one fetch. */
const MAX_BYTES = 256 * 1024;
/** A stream with fewer records takes part in the next fetch. */
const FEW_RECORDS = 100;

export const openPartitionStreams = (
  connection: ClusterConnection,
  ranges: readonly StreamRange[],
  onRemoval: OnRemoval,
): PartitionStreams => {
  const streams = ranges.map(createStream);
  let progressed = performance.now();
  return {
    streams,
    fill: async () => {
      const hungry = streams.filter((stream) => stream.isHungry());
      if (hungry.length === 0) return;
      const positions = hungry.map(({ position }) => position);
      const doing = `reading ${count(positions.length, 'partition')} of ${positions[0]?.topic ?? ''}`;
      const nexts = positions.map(({ next }) => next);
      const batches = await connection.run(doing, (cluster) => fetchBatches(cluster, positions, MAX_BYTES));
      positions.forEach((position, index) => {
        const from = nexts[index] ?? 0;
        if (onRemoval === 'fail' && position.next > from)
          throw wasRemoved(position, from, { begins: position.next });
      });
      for (const { position, batch } of batches) {
        hungry.find((stream) => stream.position === position)?.take(batch.messages.map(recordOf));
        position.next = Number(batch.lastOffset()) + 1;
      }
      if (batches.length > 0) progressed = performance.now();
      else await failIfStalled(connection, positions, progressed);
    },
  };
};

export const wasRemoved = (
  partition: TopicPartition,
  offset: number,
  log: { readonly begins: number } | { readonly ends: number },
): Failure => {
  const bound = 'begins' in log ? `begins at ${String(log.begins)}` : `ends at ${String(log.ends)}`;
  return new Failure(
    'fatal',
    'HISTORY_REMOVED',
    `reading ${keyOf(partition)} at ${String(offset)}: the log now ${bound}, so records were removed before they ` +
      'were read: start again from the beginning',
  );
};

const createStream = ({ topic, partition, from, to }: StreamRange) => {
  const position: ReadCursor = { topic, partition, next: from, to };
  let buffered: LogRecord[] = [];
  let at = 0;
  return {
    position,
    head: () => buffered[at] ?? (position.next >= to ? null : undefined),
    second: () => buffered[at + 1] ?? (position.next >= to ? null : undefined),
    advance: () => {
      at += 1;
    },
    next: () => buffered[at]?.offset ?? position.next,
    isHungry: () => position.next < to && buffered.length - at < FEW_RECORDS,
    take: (records: readonly Omit<LogRecord, 'topic' | 'partition'>[]) => {
      const added = records
        .filter(({ offset }) => offset >= position.next && offset < to)
        .map((record) => ({ topic, partition, ...record }));
      buffered = [...buffered.slice(at), ...added];
      at = 0;
    },
  };
};

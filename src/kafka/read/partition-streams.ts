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
  /** The next record, or the record after it; null if the range ends before it. */
  peek(ahead?: 'next' | 'second'): Promise<LogRecord | null>;
  /** Moves to the record after the next one. */
  advance(): void;
}

export interface PartitionStreams {
  open(range: StreamRange): PartitionStream;
  /** By `keyOf` of a partition: the offset from which a new reading would give the same next record. */
  offsets(): ReadonlyMap<string, number>;
}

/** What happens if retention removes records before they are read. */
export type OnRemoval = 'skip' | 'fail';

/** The limit of one partition in one fetch. */
const MAX_BYTES = 256 * 1024;
/** A stream with fewer records takes part in the next fetch. */
const FEW_RECORDS = 100;

export const createPartitionStreams = (
  connection: ClusterConnection,
  onRemoval: OnRemoval,
): PartitionStreams => {
  const opened: BufferedStream[] = [];
  let progressed = performance.now();

  /** Fetches for every stream that has few records left. */
  const fetchMore = async (): Promise<void> => {
    const hungry = opened.filter((stream) => stream.isHungry());
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
  };

  return {
    open: (range) => {
      const stream = createBufferedStream(range);
      opened.push(stream);
      return {
        advance: stream.advance,
        peek: async (ahead = 'next') => {
          for (;;) {
            const record = stream.peek(ahead);
            if (record !== undefined) return record;
            await fetchMore();
          }
        },
      };
    },
    offsets: () => new Map(opened.map(({ position, offset }) => [keyOf(position), offset()])),
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

/**
 * Yields the records of all streams in the order of their times, each with the item that its stream belongs to. Of records with equal times,
 * that of the first item comes first.
 */
export async function* inOrderOfTime<T extends { readonly stream: PartitionStream }>(
  items: readonly T[],
): AsyncGenerator<{ readonly item: T; readonly record: LogRecord }, void, undefined> {
  const heads: { readonly item: T; record: LogRecord | null }[] = [];
  for (const item of items) heads.push({ item, record: await item.stream.peek() });
  for (;;) {
    let earliest: { readonly head: (typeof heads)[number]; readonly record: LogRecord } | null = null;
    for (const head of heads) {
      const { record } = head;
      if (record !== null && (earliest === null || record.timestamp < earliest.record.timestamp))
        earliest = { head, record };
    }
    if (earliest === null) return;
    const { head, record } = earliest;
    head.item.stream.advance();
    yield { item: head.item, record };
    head.record = await head.item.stream.peek();
  }
}

type BufferedStream = ReturnType<typeof createBufferedStream>;

const createBufferedStream = ({ topic, partition, from, to }: StreamRange) => {
  const position: ReadCursor = { topic, partition, next: from, to };
  let buffered: LogRecord[] = [];
  let at = 0;
  return {
    position,
    /** Undefined if the record must be fetched first. */
    peek: (ahead: 'next' | 'second') =>
      buffered[ahead === 'next' ? at : at + 1] ?? (position.next >= to ? null : undefined),
    advance: () => {
      at += 1;
    },
    offset: () => buffered[at]?.offset ?? position.next,
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

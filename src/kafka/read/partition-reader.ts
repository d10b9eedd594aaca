/**
 * Reads partitions read-committed without a group, so it commits nothing and causes no rebalance. Memory is bounded: one fetch of some
 * megabytes at a time. Waits for leaders that move and brokers that restart; every method rejects with a `Failure` if Kafka stays away for
 * ten seconds.
 */
import { Failure } from '../../processor/failure.ts';
import type { KafkaClient } from '../client/client.ts';
import { createClusterConnection, type ClusterConnection } from '../client/cluster-connection.ts';
import type { Broker, Cluster, FetchedMessage } from '../patches/kafkajs-internals.ts';
import { FetchedBatch } from '../patches/kafkajs.ts';
import {
  encodedRecord,
  recordOf,
  type EncodedRecord,
  type LogRecord,
  type TopicPartition,
} from '../records/log-record.ts';
import { fetchPartitionCounts } from '../topics/partition-counts.ts';
import {
  groupByLeader,
  fetchBounds,
  fetchOffsetsForTime,
  findLeaderless,
  keyOf,
  type PartitionBounds,
  type PartitionOffset,
} from '../topics/partition-offsets.ts';
import { describeHolder, fetchHeldBack, type HeldBack } from './held-back.ts';

/** `to` is exclusive. Without `to`, the reader follows the partition for ever. */
export type ReadRange = TopicPartition & { readonly from: number; readonly to?: number };

export type ReadOptions = {
  /** Aborting it ends the reading without an error, within a quarter of a second. */
  readonly signal?: AbortSignal;
  /** The limit of one partition in one fetch. Default: 1 MiB. */
  readonly maxBytes?: number;
  /** Called if the log lost records after the reading began and before they were read. */
  readonly onRemoval?: (partition: TopicPartition) => void;
};

export type PartitionReader = {
  /** The number of partitions of each topic; 0 if the topic does not exist. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  bounds(partitions: readonly TopicPartition[]): Promise<readonly PartitionBounds[]>;
  /** The partitions that no broker leads at present, or that do not exist: `bounds` and `read` would wait for a leader, and then fail. */
  leaderless(partitions: readonly TopicPartition[]): Promise<readonly TopicPartition[]>;
  /** By partition (`keyOf`), the records within these bounds that open transactions hold back. */
  heldBack(bounds: readonly PartitionBounds[]): Promise<ReadonlyMap<string, HeldBack>>;
  offsetsForTime(partitions: readonly TopicPartition[], time: number): Promise<readonly PartitionOffset[]>;
  /**
   * Reads each partition in the order of its offsets. Starts at the log's first offset if `from` has been removed. If a range ends behind
   * an open transaction, waits for that transaction; after 30 seconds without any progress, rejects with a transient failure.
   */
  read(ranges: readonly ReadRange[], options?: ReadOptions): AsyncGenerator<LogRecord, void, undefined>;
  /**
   * As `read`, but one fetched batch of a partition at a time, with encoded headers: for copying, and for readers that look at few headers.
   */
  readEncoded(
    ranges: readonly ReadRange[],
    options?: ReadOptions,
  ): AsyncGenerator<readonly EncodedRecord[], void, undefined>;
  /** Never rejects. */
  close(): Promise<void>;
};

const MAX_WAIT_MS = 250;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_PARTITION_BYTES = 1024 * 1024;
/** Longer than any transaction of a processor stays open. */
const STALLED_MS = 30_000;

export const createPartitionReader = (
  client: Pick<KafkaClient, 'cluster'>,
  connection: ClusterConnection = createClusterConnection(client),
): PartitionReader => ({
  partitionCounts: (topics) =>
    connection.run(`counting the partitions of ${topics.join(', ')}`, (cluster) =>
      fetchPartitionCounts(cluster, topics),
    ),
  bounds: (partitions) =>
    connection.run(`asking for the bounds of ${namesOf(partitions)}`, (cluster) =>
      fetchBounds(cluster, partitions),
    ),
  leaderless: (partitions) =>
    connection.run(`looking for the leaders of ${namesOf(partitions)}`, (cluster) =>
      findLeaderless(cluster, partitions),
    ),
  heldBack: (bounds) =>
    connection.run(`asking for open transactions in ${namesOf(bounds)}`, (cluster) =>
      fetchHeldBack(cluster, bounds),
    ),
  offsetsForTime: (partitions, time) =>
    connection.run(`looking for ${new Date(time).toISOString()} in ${namesOf(partitions)}`, (cluster) =>
      fetchOffsetsForTime(cluster, partitions, time),
    ),
  read: async function* (ranges, options = {}) {
    for await (const { topic, partition, messages } of readBatches(connection, ranges, options)) {
      for (const message of messages) {
        if (options.signal?.aborted === true) return;
        yield { topic, partition, ...recordOf(message) };
      }
    }
  },
  readEncoded: async function* (ranges, options = {}) {
    for await (const { topic, partition, messages } of readBatches(connection, ranges, options))
      yield messages.map((message) => ({ topic, partition, ...encodedRecord(message) }));
  },
  close: () => connection.close(),
});

/** The next offset to read in a partition, and the end of the reading. */
export type ReadCursor = TopicPartition & { next: number; readonly to: number };

type ReadBatch = TopicPartition & { readonly messages: readonly FetchedMessage[] };

async function* readBatches(
  connection: ClusterConnection,
  ranges: readonly ReadRange[],
  { signal, maxBytes = MAX_PARTITION_BYTES, onRemoval }: ReadOptions,
): AsyncGenerator<ReadBatch, void, undefined> {
  let positions = ranges
    .map(({ from, to = Infinity, ...partition }): ReadCursor => ({ ...partition, next: from, to }))
    .filter(isUnfinished);
  let progressed = performance.now();
  const isAborted = (): boolean => signal?.aborted === true;

  while (positions.length > 0 && !isAborted()) {
    const before = positions.map(({ next }) => next);
    const batches = await connection.run(`reading ${namesOf(positions)}`, (cluster) =>
      fetchBatches(cluster, positions, maxBytes),
    );
    positions.forEach((position, index) => {
      if (position.next !== before[index]) onRemoval?.(position);
    });
    for (const { position, batch } of batches) {
      if (isAborted()) return;
      const { topic, partition, to } = position;
      const end = batch.messages.findIndex(({ offset }) => Number(offset) >= to);
      yield { topic, partition, messages: end < 0 ? batch.messages : batch.messages.slice(0, end) };
      position.next = Number(batch.lastOffset()) + 1;
    }
    if (batches.length > 0) progressed = performance.now();
    else await failIfStalled(connection, positions, progressed);
    positions = positions.filter(isUnfinished);
  }
}

const isUnfinished = ({ next, to }: ReadCursor): boolean => next < to;

export const failIfStalled = async (
  connection: ClusterConnection,
  positions: readonly ReadCursor[],
  since: number,
): Promise<void> => {
  const waiting = positions.filter(({ to }) => to !== Infinity);
  if (waiting.length === 0 || performance.now() - since < STALLED_MS) return;
  const ends = waiting
    .map((cursor) => `${keyOf(cursor)} from ${String(cursor.next)} to ${String(cursor.to)}`)
    .join(', ');
  const holder = await findHolder(connection, waiting);
  const advice = `${holder} holds back the records. Run this again when the transaction has ended; the broker ends it at its timeout`;
  throw new Failure('transient', 'KAFKA_READ_STALLED', `reading ${ends}: ${advice}`, { scope: 'local' });
};

const findHolder = async (connection: ClusterConnection, waiting: readonly ReadCursor[]): Promise<string> => {
  try {
    const held = await connection.run(
      `asking for open transactions in ${namesOf(waiting)}`,
      async (cluster) => fetchHeldBack(cluster, await fetchBounds(cluster, waiting)),
    );
    const [first] = held.values();
    return first === undefined ? 'an open transaction' : describeHolder(first);
  } catch {
    return 'an open transaction';
  }
};

/** Fetches once from all leaders. Includes batches whose messages were all filtered out, because their ends move the position. */
export const fetchBatches = async (cluster: Cluster, positions: readonly ReadCursor[], maxBytes: number) => {
  const leaders = await groupByLeader(cluster, positions);
  const rounds = await Promise.all(
    leaders.map(({ broker, topics }) => fetchFrom(broker, topics, maxBytes).catch(nothingWhenOutOfRange)),
  );
  if (rounds.includes(null)) await moveIntoRange(cluster, positions);
  return rounds.flatMap((round) => round ?? []);
};

const fetchFrom = async (
  broker: Broker,
  topics: ReadonlyMap<string, readonly ReadCursor[]>,
  maxBytes: number,
) => {
  const { responses } = await broker.fetch({
    isolationLevel: 1,
    maxWaitTime: MAX_WAIT_MS,
    minBytes: 1,
    maxBytes: MAX_BYTES,
    topics: [...topics].map(([topic, positions]) => ({
      topic,
      partitions: positions.map(({ partition, next }) => ({
        partition,
        fetchOffset: String(next),
        maxBytes,
      })),
    })),
  });
  return responses.flatMap(({ topicName, partitions }) =>
    partitions.flatMap((data) => {
      const position = topics.get(topicName)?.find(({ partition }) => partition === data.partition);
      if (position === undefined || data.messages.length === 0) return [];
      return [{ position, batch: new FetchedBatch(topicName, String(position.next), data) }];
    }),
  );
};

const nothingWhenOutOfRange = (thrown: unknown): null => {
  if (thrown instanceof Error && 'type' in thrown && thrown.type === 'OFFSET_OUT_OF_RANGE') return null;
  throw thrown;
};

/** Retention may have removed the next offset: continue at the first one. An offset beyond the end never existed, so fail. */
const moveIntoRange = async (cluster: Cluster, positions: readonly ReadCursor[]): Promise<void> => {
  const bounds = await fetchBounds(cluster, positions);
  positions.forEach((position, index) => {
    const { low, high } = bounds[index] ?? { low: 0, high: 0 };
    if (position.next > high) {
      const where = `${keyOf(position)} at ${String(position.next)}`;
      throw new Failure(
        'fatal',
        'KAFKA_OFFSET_OUT_OF_RANGE',
        `reading ${where}: the log ends at ${String(high)}`,
      );
    }
    position.next = Math.max(position.next, low);
  });
};

const namesOf = (partitions: readonly TopicPartition[]): string => partitions.map(keyOf).join(', ');

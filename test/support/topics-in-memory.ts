import type { PartitionReader } from '../../src/kafka/read/partition-reader.ts';
import type { LogRecord, TopicPartition } from '../../src/kafka/records/log-record.ts';
import { keyOf, partitionsOf } from '../../src/kafka/topics/partition-offsets.ts';

export type TopicsInMemory = {
  readonly reader: PartitionReader;
  /** Appends a record to its partition. */
  append(topic: string, partition: number, record?: Partial<LogRecord>): LogRecord;
  /** Removes all records of a partition, as retention does. */
  removeRecords(topic: string, partition: number): void;
  /** Deletes the partitions of a topic and creates them again. */
  recreate(topic: string): void;
};

/** Topics as a read-committed reader sees them. */
export const createTopicsInMemory = (partitions: number): TopicsInMemory => {
  const logs = new Map<string, LogRecord[]>();
  const starts = new Map<string, number>();
  const startOf = (at: TopicPartition): number => starts.get(keyOf(at)) ?? 0;
  const logOf = (topic: string, partition: number): LogRecord[] => {
    const log = logs.get(`${topic}/${partition}`) ?? [];
    logs.set(`${topic}/${partition}`, log);
    return log;
  };

  const reader: PartitionReader = {
    partitionCounts: (topics) => Promise.resolve(new Map(topics.map((topic) => [topic, partitions]))),
    bounds: (wanted) =>
      Promise.resolve(
        wanted.map(({ topic, partition }) => {
          const end = logOf(topic, partition).length;
          return { topic, partition, low: startOf({ topic, partition }), high: end, stable: end };
        }),
      ),
    leaderless: () => Promise.resolve([]),
    heldBack: () => Promise.resolve(new Map()),
    offsetsForTime: (wanted, time) =>
      Promise.resolve(
        wanted.map(({ topic, partition }) => {
          const log = logOf(topic, partition);
          return {
            topic,
            partition,
            offset: log.find((record) => record.timestamp >= time)?.offset ?? log.length,
          };
        }),
      ),
    read: async function* (ranges) {
      for (const { topic, partition, from, to } of ranges)
        yield* logOf(topic, partition).slice(Math.max(from, startOf({ topic, partition })), to);
      await Promise.resolve();
    },
    readEncoded: async function* (ranges, { onRemoval } = {}) {
      for (const { from, to, ...at } of ranges) {
        const start = startOf(at);
        if (from < start) onRemoval?.(at);
        yield logOf(at.topic, at.partition).slice(Math.max(from, start), to);
      }
      await Promise.resolve();
    },
    close: () => Promise.resolve(),
  };

  return {
    reader,
    removeRecords: (topic, partition) => {
      starts.set(keyOf({ topic, partition }), logOf(topic, partition).length);
    },
    recreate: (topic) => {
      for (const at of partitionsOf(topic, partitions)) {
        starts.delete(keyOf(at));
        logs.delete(keyOf(at));
      }
    },
    append: (topic, partition, record = {}) => {
      const log = logOf(topic, partition);
      const appended = {
        key: null,
        value: null,
        timestamp: 0,
        headers: [],
        ...record,
        topic,
        partition,
        offset: log.length,
      };
      log.push(appended);
      return appended;
    },
  };
};

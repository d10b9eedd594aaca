import type { PartitionReader } from '../../src/kafka/read/partition-reader.ts';
import type { LogRecord } from '../../src/kafka/records/log-record.ts';

export type TopicsInMemory = {
  readonly reader: PartitionReader;
  /** Appends a record to its partition. */
  append(topic: string, partition: number, record?: Partial<LogRecord>): LogRecord;
};

/** Topics as a read-committed reader sees them. */
export const createTopicsInMemory = (partitions: number): TopicsInMemory => {
  const logs = new Map<string, LogRecord[]>();
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
          return { topic, partition, low: 0, high: end, stable: end };
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
      for (const { topic, partition, from, to } of ranges) yield* logOf(topic, partition).slice(from, to);
      await Promise.resolve();
    },
    readEncoded: async function* (ranges) {
      for (const { topic, partition, from, to } of ranges) yield logOf(topic, partition).slice(from, to);
      await Promise.resolve();
    },
    close: () => Promise.resolve(),
  };

  return {
    reader,
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

import type { PastOutcomesDeps } from '../kafka/outcomes/past-outcomes.ts';
import type { OutgoingRecord, Publisher, RecordPosition } from '../kafka/produce/publisher.ts';
import { publisherClosed } from '../kafka/produce/publisher-closed.ts';
import type { LogRecord, TopicPartition } from '../kafka/records/log-record.ts';
import { partitionByKey } from '../wire/partitioner.ts';
import { keyOf, partitionsOf } from '../kafka/topics/partition-offsets.ts';
import { Failure } from '../processor/failure.ts';
import type { Clock } from '../sdk/clock.ts';
import type { MemoryServers } from './memory-servers.ts';

type NewRecord = Pick<LogRecord, 'key' | 'value' | 'headers'> & { readonly timestamp?: number };

/** Topics with their partitions. A topic exists as soon as somebody uses it, and every record in it is committed. */
export type MemoryLog = {
  readonly partitions: number;
  append(at: TopicPartition, record: NewRecord): RecordPosition;
  /** The key chooses the partition. */
  appendByKey(topic: string, record: OutgoingRecord): RecordPosition;
  /** The records of a partition from an offset on. */
  records(at: TopicPartition, from?: number): readonly LogRecord[];
  /** The first record of a partition from an offset on. */
  first(at: TopicPartition, from: number): LogRecord | undefined;
  /** The first offset that was not deleted. */
  start(at: TopicPartition): number;
  end(at: TopicPartition): number;
  /** Deletes all records of a topic, as retention does. */
  deleteRecords(topic: string): void;
  /** Calls back after each record. */
  onAppend(callback: (record: LogRecord) => void): void;
  readonly reader: PastOutcomesDeps['reader'];
  publisher(): Publisher;
  /** Why Kafka does not answer; undefined if it does. */
  trouble(doing: string): Failure | undefined;
  /** Throws a transient failure while Kafka is away. */
  expectKafka(doing: string): void;
};

export const createMemoryLog = (
  partitions: number,
  servers: MemoryServers,
  clock: Pick<Clock, 'now'>,
): MemoryLog => {
  const logs = new Map<string, LogRecord[]>();
  const starts = new Map<string, number>();
  const callbacks: ((record: LogRecord) => void)[] = [];

  const logOf = (at: TopicPartition): LogRecord[] => {
    const log = logs.get(keyOf(at)) ?? [];
    logs.set(keyOf(at), log);
    return log;
  };

  const start = (at: TopicPartition): number => starts.get(keyOf(at)) ?? 0;

  const append: MemoryLog['append'] = ({ topic, partition }, record) => {
    const log = logOf({ topic, partition });
    const position = { topic, partition, offset: log.length };
    const appended = { timestamp: clock.now(), ...record, ...position };
    log.push(appended);
    for (const callback of callbacks) callback(appended);
    return position;
  };

  const appendByKey: MemoryLog['appendByKey'] = (topic, { key, value, headers }) => {
    const partition = partitionByKey(key, { partition: 0, partitions });
    const encoded = headers.map(([name, its]) => [name, bytesOf(its)] as const);
    return append({ topic, partition }, { key, value, headers: encoded });
  };

  const trouble = (doing: string): Failure | undefined =>
    servers.isAway('kafka')
      ? new Failure('transient', 'KAFKA_CONNECTION', `${doing}: the test has taken Kafka away`)
      : undefined;
  const expectKafka = (doing: string): void => {
    const failure = trouble(doing);
    if (failure !== undefined) throw failure;
  };

  return {
    partitions,
    append,
    appendByKey,
    records: (at, from = 0) => logOf(at).slice(Math.max(from, start(at))),
    first: (at, from) => logOf(at)[Math.max(from, start(at))],
    start,
    end: (at) => logOf(at).length,
    onAppend: (callback) => {
      callbacks.push(callback);
    },
    deleteRecords: (topic) => {
      for (const at of partitionsOf(topic, partitions)) starts.set(keyOf(at), logOf(at).length);
    },
    trouble,
    expectKafka,
    reader: {
      partitionCounts: async (topics) => {
        expectKafka(`counting the partitions of ${topics.join(', ')}`);
        return new Map(topics.map((topic) => [topic, partitions]));
      },
      leaderless: async () => [],
      bounds: async (wanted) => {
        expectKafka(`asking for the bounds of ${wanted.map(keyOf).join(', ')}`);
        return wanted.map((at) => {
          const end = logOf(at).length;
          return { ...at, low: start(at), high: end, stable: end };
        });
      },
      readEncoded: async function* (ranges) {
        for (const { from, to, ...at } of ranges) yield logOf(at).slice(from, to);
      },
    },
    publisher: () => {
      let isClosed = false;
      return {
        publish: async (topic, records) => {
          if (isClosed) throw publisherClosed();
          expectKafka(`counting the partitions of ${topic}`);
          return records.map((record) => appendByKey(topic, record));
        },
        expectTopic: async (topic) => {
          expectKafka(`counting the partitions of ${topic}`);
        },
        close: async () => {
          isClosed = true;
        },
      };
    },
  };
};

const bytesOf = (value: Buffer | string | null): Buffer | null =>
  typeof value === 'string' ? Buffer.from(value) : value;

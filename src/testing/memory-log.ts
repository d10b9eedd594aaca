import type { PastOutcomesDeps } from '../kafka/outcomes/past-outcomes.ts';
import type { Publisher, RecordPosition } from '../kafka/produce/publisher.ts';
import { publisherClosed } from '../kafka/produce/publisher-closed.ts';
import type { LogRecord, TopicPartition } from '../kafka/records/log-record.ts';
import { partitionByKey } from '../wire/partitioner.ts';
import { keyOf } from '../kafka/topics/partition-offsets.ts';
import { Failure } from '../processor/failure.ts';
import type { Clock } from '../sdk/clock.ts';
import type { MemoryServers } from './memory-servers.ts';

type NewRecord = Pick<LogRecord, 'key' | 'value' | 'headers'> & { readonly timestamp?: number };

/** Topics with their partitions. A topic exists as soon as somebody uses it, and every record in it is committed. */
export type MemoryLog = {
  readonly partitions: number;
  append(at: TopicPartition, record: NewRecord): RecordPosition;
  /** The records of a partition from an offset on. */
  records(at: TopicPartition, from?: number): readonly LogRecord[];
  end(at: TopicPartition): number;
  /** Calls back after each record. */
  onAppend(callback: (at: TopicPartition) => void): void;
  readonly reader: PastOutcomesDeps['reader'];
  /** A publisher chooses the partition by the key, as every publisher does. */
  publisher(): Publisher;
  /** Throws a transient failure while Kafka is away. */
  expectKafka(): void;
};

export const createMemoryLog = (
  partitions: number,
  servers: MemoryServers,
  clock: Pick<Clock, 'now'>,
): MemoryLog => {
  const logs = new Map<string, LogRecord[]>();
  const callbacks: ((at: TopicPartition) => void)[] = [];

  const logOf = (at: TopicPartition): LogRecord[] => {
    const log = logs.get(keyOf(at)) ?? [];
    logs.set(keyOf(at), log);
    return log;
  };

  const append: MemoryLog['append'] = ({ topic, partition }, record) => {
    const log = logOf({ topic, partition });
    const position = { topic, partition, offset: log.length };
    log.push({ timestamp: clock.now(), ...record, ...position });
    for (const callback of callbacks) callback(position);
    return position;
  };

  const expectKafka = (): void => {
    if (servers.isAway('kafka'))
      throw new Failure('transient', 'KAFKA_UNAVAILABLE', 'the test has taken Kafka away');
  };

  return {
    partitions,
    append,
    records: (at, from = 0) => logOf(at).slice(from),
    end: (at) => logOf(at).length,
    onAppend: (callback) => {
      callbacks.push(callback);
    },
    expectKafka,
    reader: {
      partitionCounts: async (topics) => new Map(topics.map((topic) => [topic, partitions])),
      leaderless: async () => [],
      bounds: async (wanted) => {
        expectKafka();
        return wanted.map((at) => ({ ...at, low: 0, high: logOf(at).length, stable: logOf(at).length }));
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
          expectKafka();
          return records.map(({ key, value, headers }) => {
            const at = { topic, partition: partitionByKey(key, { partition: 0, partitions }) };
            const encoded = headers.map(([name, its]) => [name, bytesOf(its)] as const);
            return append(at, { key, value, headers: encoded });
          });
        },
        expectTopic: async () => {
          expectKafka();
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

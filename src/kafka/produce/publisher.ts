/**
 * Publishes records outside any transaction, idempotently: each record is in its partition once, in the given order. Rejects with a
 * `Failure`; it is then unknown whether the records of that call are in the log.
 */
import type { Producer, ProducerRecord } from 'kafkajs';
import { count } from '../../domain/words/count.ts';
import type { KafkaClient } from '../client/client.ts';
import { createClusterConnection } from '../client/cluster-connection.ts';
import { settledWithinMs } from '../client/deadline.ts';
import { kafkaFailure, notAcknowledged, WRITING } from '../client/failures.ts';
import { asMessageHeaders } from '../records/headers.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { partitionByKey } from '../records/partitioner.ts';
import { fetchPartitionCounts, topicMissing } from '../topics/partition-counts.ts';
import { chunksOf } from './chunks.ts';
import { publisherClosed } from './publisher-closed.ts';

export type OutgoingRecord = {
  /** Null: the record goes to partition 0. */
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | string | null])[];
};

export type RecordPosition = TopicPartition & { readonly offset: number };

export type Publisher = {
  /**
   * Resolves with the position of each record, in the given order. murmur2 chooses the partition. Rejects with `PUBLISHER_CLOSED` after
   * `close`.
   */
  publish(topic: string, records: readonly OutgoingRecord[]): Promise<readonly RecordPosition[]>;
  /** Rejects if there is no such topic, or if Kafka stays away. */
  expectTopic(topic: string): Promise<void>;
  /** Waits up to three seconds for records in flight. Never rejects. */
  close(): Promise<void>;
};

/** How long added partitions may go unnoticed. Until then, records go to the former partitions of their channels. */
const COUNT_MS = 10_000;
const CLOSING_MS = 3_000;

export const createPublisher = (client: Pick<KafkaClient, 'producer' | 'cluster'>): Publisher => {
  const connection = createClusterConnection(client, WRITING);
  const counts = new Map<string, { readonly count: number; readonly until: number }>();
  const inFlight = new Set<Promise<unknown>>();
  let connected: Promise<Producer> | null = null;
  let state: 'open' | 'closing' | 'closed' = 'open';

  const producer = (): Promise<Producer> => {
    if (state === 'closed') throw publisherClosed();
    return (connected ??= connect(client));
  };

  /** A producer that has failed may have lost count of its sequence numbers, so it is not used again. */
  const discard = async (): Promise<void> => {
    const discarded = connected;
    connected = null;
    await discarded?.then((former) => former.disconnect()).catch(() => undefined);
  };

  const track = (work: Promise<unknown>): void => {
    const settled = work.catch(() => undefined).finally(() => inFlight.delete(settled));
    inFlight.add(settled);
  };

  /** A producer does not know partitions that were added after it had connected. The replaced producer finishes its records in flight. */
  const replace = (): void => {
    const replaced = connected;
    connected = null;
    track(
      Promise.all(inFlight)
        .then(() => replaced)
        .then((former) => former?.disconnect()),
    );
  };

  const partitionsOf = async (topic: string): Promise<number> => {
    const known = counts.get(topic);
    if (known !== undefined && performance.now() < known.until) return known.count;
    const doing = `counting the partitions of ${topic}`;
    const fetched = await connection.run(doing, (cluster) => fetchPartitionCounts(cluster, [topic]));
    const count = fetched.get(topic) ?? 0;
    if (count === 0) throw topicMissing(topic);
    if (known !== undefined && known.count !== count) replace();
    counts.set(topic, { count, until: performance.now() + COUNT_MS });
    return count;
  };

  const publish = async (
    topic: string,
    records: readonly OutgoingRecord[],
  ): Promise<readonly RecordPosition[]> => {
    const partitions = await partitionsOf(topic);
    const positions: RecordPosition[] = [];
    for (const chunk of chunksOf(
      records.map((record) => ({
        ...record,
        partition: partitionByKey(record.key, { partition: 0, partitions }),
      })),
    )) {
      try {
        positions.push(...(await send(await producer(), topic, chunk)));
      } catch (thrown) {
        await discard();
        throw kafkaFailure(thrown, `publishing ${count(chunk.length, 'record')} to ${topic}`, {
          ...WRITING,
          topic,
        });
      }
    }
    return positions;
  };

  return {
    publish: async (topic, records) => {
      if (state !== 'open') throw publisherClosed();
      const publishing = publish(topic, records);
      track(publishing);
      return publishing;
    },
    expectTopic: async (topic) => {
      await partitionsOf(topic);
    },
    close: async () => {
      if (state === 'open') state = 'closing';
      await settledWithinMs(CLOSING_MS, Promise.all(inFlight));
      state = 'closed';
      await Promise.all([discard(), connection.close()]);
    },
  };
};

const connect = async (client: Pick<KafkaClient, 'producer'>): Promise<Producer> => {
  const producer = client.producer({ idempotent: true, retry: { retries: 8 } });
  await producer.connect();
  return producer;
};

const send = async (
  producer: Producer,
  topic: string,
  records: readonly (OutgoingRecord & { readonly partition: number })[],
): Promise<readonly RecordPosition[]> => {
  const messages: ProducerRecord['messages'] = records.map(({ headers, ...record }) => ({
    ...record,
    headers: asMessageHeaders(headers),
  }));
  const next = new Map<number, number>();
  for (const { partition, baseOffset } of await producer.send({ topic, messages })) {
    next.set(partition, Number(baseOffset));
  }
  return records.map(({ partition }) => {
    const offset = next.get(partition);
    if (offset === undefined) throw notAcknowledged(`${topic}/${String(partition)}`, 0);
    next.set(partition, offset + 1);
    return { topic, partition, offset };
  });
};

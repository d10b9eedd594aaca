/**
 * Publishes records outside any transaction, idempotently: each stands in its partition once, in the order given. Rejects with a
 * `Failure`; whether the records of that call stand in the log is then unknown.
 */
import type { Producer, ProducerRecord } from 'kafkajs';
import type { KafkaClient } from './client.ts';
import { createClusterConnection } from './cluster-connection.ts';
import { kafkaFailure, notAcknowledged } from './failures.ts';
import { asMessageHeaders } from './headers.ts';
import type { TopicPartition } from './log-record.ts';
import { fetchPartitionCounts, topicMissing } from './partition-counts.ts';
import { partitionOf } from './partitioner.ts';
import { chunksOf } from './chunks.ts';

export type OutgoingRecord = {
  readonly key: Buffer;
  readonly value: Buffer;
  readonly headers: readonly (readonly [name: string, value: Buffer | string | null])[];
};

export type RecordPosition = TopicPartition & { readonly offset: number };

export type Publisher = {
  /** Where each record stands now, in the order given. The partition is murmur2's. */
  publish(topic: string, records: readonly OutgoingRecord[]): Promise<readonly RecordPosition[]>;
  /** Never rejects. */
  close(): Promise<void>;
};

export const createPublisher = (client: Pick<KafkaClient, 'producer' | 'cluster'>): Publisher => {
  const connection = createClusterConnection(client);
  const counts = new Map<string, number>();
  let connected: Promise<Producer> | null = null;

  const producer = (): Promise<Producer> => (connected ??= connect(client));

  /** A producer that has failed may have lost count of its records. */
  const discard = async (): Promise<void> => {
    const discarded = connected;
    connected = null;
    await discarded?.then((it) => it.disconnect()).catch(() => undefined);
  };

  const partitionsOf = async (topic: string): Promise<number> => {
    const known = counts.get(topic) ?? 0;
    if (known > 0) return known;
    const doing = `counting the partitions of ${topic}`;
    const found = await connection.run(doing, (cluster) => fetchPartitionCounts(cluster, [topic]));
    const count = found.get(topic) ?? 0;
    if (count === 0) throw topicMissing(topic);
    counts.set(topic, count);
    return count;
  };

  return {
    publish: async (topic, records) => {
      const partitions = await partitionsOf(topic);
      const positions: RecordPosition[] = [];
      for (const chunk of chunksOf(
        records.map((record) => ({ ...record, partition: partitionOf(record.key, partitions) })),
      )) {
        try {
          positions.push(...(await send(await producer(), topic, chunk)));
        } catch (thrown) {
          await discard();
          throw kafkaFailure(thrown, `publishing ${String(chunk.length)} records to ${topic}`);
        }
      }
      return positions;
    },
    close: async () => {
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
    if (offset === undefined) throw notAcknowledged(`${topic}/${String(partition)}`);
    next.set(partition, offset + 1);
    return { topic, partition, offset };
  });
};

import type { Message } from 'kafkajs';
import type { KafkaClient } from '../../../src/kafka/client/client.ts';
import type { CommandRecord } from './workload.ts';

export type Publishing = {
  readonly client: KafkaClient;
  readonly topic: string;
  readonly signal: AbortSignal;
  readonly onPublished?: (count: number) => void;
};

const MAX_REQUEST_RECORDS = 6_000;
/** The topic refuses batches over 1 MiB, and kafkajs makes one batch of all records of a request for one partition. */
const MAX_BATCH_BYTES = 800_000;
/** The bytes of a record in addition to its value. */
const OVERHEAD_BYTES = 40;

/** Publishes all records; resolves when the broker has acknowledged the last one. */
export const publishAll = async (
  records: Iterable<CommandRecord>,
  { client, topic, signal, onPublished = () => undefined }: Publishing,
): Promise<void> => {
  const producer = client.producer();
  await producer.connect();
  try {
    let portion: Message[] = [];
    const bytes = new Map<number, number>();
    let published = 0;
    const send = async (): Promise<void> => {
      signal.throwIfAborted();
      await producer.send({ topic, messages: portion });
      published += portion.length;
      portion = [];
      bytes.clear();
      onPublished(published);
    };
    for (const record of records) {
      const { partition, value } = record;
      const inPartition = (bytes.get(partition) ?? 0) + value.length + OVERHEAD_BYTES;
      if (portion.length === MAX_REQUEST_RECORDS || inPartition > MAX_BATCH_BYTES) await send();
      portion.push(record);
      bytes.set(partition, (bytes.get(partition) ?? 0) + value.length + OVERHEAD_BYTES);
    }
    if (portion.length > 0) await send();
  } finally {
    await producer.disconnect();
  }
};

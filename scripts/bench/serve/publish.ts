import type { Message } from 'kafkajs';
import type { KafkaClient } from '../../../src/kafka/client.ts';
import type { CommandRecord } from './workload.ts';

export type Publishing = {
  readonly client: KafkaClient;
  readonly topic: string;
  readonly signal: AbortSignal;
  readonly onPublished?: (count: number) => void;
};

const A_PORTION = 6_000;

/** Publishes them all; resolves when the broker has acknowledged the last one. */
export const publishAll = async (
  records: Iterable<CommandRecord>,
  { client, topic, signal, onPublished = () => undefined }: Publishing,
): Promise<void> => {
  const producer = client.producer();
  await producer.connect();
  try {
    let portion: Message[] = [];
    let published = 0;
    const send = async (): Promise<void> => {
      signal.throwIfAborted();
      await producer.send({ topic, messages: portion });
      published += portion.length;
      portion = [];
      onPublished(published);
    };
    for (const record of records) {
      portion.push(record);
      if (portion.length === A_PORTION) await send();
    }
    if (portion.length > 0) await send();
  } finally {
    await producer.disconnect();
  }
};

import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import type { KafkaClient } from '../../../src/kafka/client/client.ts';
import { asMessageHeaders } from '../../../src/kafka/records/headers.ts';
import type { StreamRecord } from './stream-record.ts';
import type { End, Portion } from './stream.ts';

/** The upstream services, which retry whatever happens to the broker. */
export interface UpstreamPublisher {
  /** Resolves when the portion is in the log. If the broker was away meanwhile, a command may be in the log twice. */
  publish: (portion: Portion) => Promise<void>;
  close: () => Promise<void>;
}

export type UpstreamPublisherDeps = {
  readonly client: KafkaClient;
  readonly topic: string;
  readonly signal: AbortSignal;
};

/** The number of records that one producer sends before the other one takes its turn. */
const TURN = 10;
const PATIENCE_SECONDS = 120;
/** The broker ends a transaction that its producer could not end. */
const TRANSACTION_TIMEOUT_MS = 10_000;

export const createUpstreamPublisher = ({
  client,
  topic,
  signal,
}: UpstreamPublisherDeps): UpstreamPublisher => {
  const producers = new Map<string, Promise<Producer>>();

  const producerOf = (name: 'plain' | 'one' | 'other'): Promise<Producer> => {
    const known = producers.get(name);
    if (known !== undefined) return known;
    const producer = client.producer(
      name === 'plain'
        ? { idempotent: true }
        : {
            transactionalId: `upstream-${name}`,
            transactionTimeout: TRANSACTION_TIMEOUT_MS,
            maxInFlightRequests: 1,
            retry: { initialRetryTime: 10 },
          },
    );
    const connected = producer.connect().then(() => producer);
    producers.set(name, connected);
    return connected;
  };

  /** A producer that has failed is never used again. */
  const discard = async (...names: readonly string[]): Promise<void> => {
    for (const name of names) {
      const producer = producers.get(name);
      producers.delete(name);
      await producer?.then((former) => former.disconnect()).catch(() => undefined);
    }
  };

  const publishPlainly = async (records: readonly StreamRecord[]): Promise<void> => {
    const deadline = Date.now() + PATIENCE_SECONDS * 1000;
    for (;;) {
      try {
        await (await producerOf('plain')).send({ topic, messages: records.map(messageOf) });
        return;
      } catch (error) {
        await discard('plain');
        if (Date.now() > deadline) throw error;
        await sleep(500, undefined, { signal });
      }
    }
  };

  const publishInterleaved = async (
    records: readonly StreamRecord[],
    ends: readonly [End, End],
  ): Promise<void> => {
    try {
      const transactions: [Transaction, Transaction] = [
        await (await producerOf('one')).transaction(),
        await (await producerOf('other')).transaction(),
      ];
      for (let from = 0; from < records.length; from += TURN) {
        const turn = records.slice(from, from + TURN);
        for (const [number, transaction] of transactions.entries()) {
          const messages = turn.filter((_, index) => (from + index) % 2 === number).map(messageOf);
          if (messages.length > 0) await transaction.send({ topic, messages });
        }
      }
      for (const [index, transaction] of transactions.entries()) {
        await (ends[index] === 'commit' ? transaction.commit() : transaction.abort());
      }
    } catch {
      await discard('one', 'other');
      // Nobody knows whether the broker committed, so the records that should be committed are sent again.
      await publishPlainly(records.filter((_, index) => ends[index % 2] === 'commit'));
    }
  };

  return {
    publish: ({ records, sent }) =>
      sent === 'plainly' ? publishPlainly(records) : publishInterleaved(records, sent.interleaved),
    close: () => discard('plain', 'one', 'other'),
  };
};

const messageOf = ({ partition, key, value, headers }: StreamRecord) => ({
  partition,
  key,
  value,
  headers: asMessageHeaders(headers),
});

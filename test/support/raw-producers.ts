import type { Producer, Transaction } from 'kafkajs';
import { asMessageHeaders } from '../../src/kafka/records/headers.ts';
import type { TestTopics } from './topics.ts';

/** A transactional producer of another party, step by step. */
export type RawProducer = {
  /** Writes in the open transaction, or begins one. */
  write(
    topic: string,
    value: string | Buffer,
    options?: { partition?: number; key?: Buffer; headers?: readonly (readonly [string, string])[] },
  ): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
  close(): Promise<void>;
};

export const createRawProducer = async (
  { client, groupId }: Pick<TestTopics, 'client' | 'groupId'>,
  name: string,
  transactionTimeout = 30_000,
): Promise<RawProducer> => {
  const producer: Producer = client.producer({
    transactionalId: `${groupId}-${name}`,
    transactionTimeout,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 10 },
  });
  await producer.connect();
  let transaction: Transaction | null = null;
  const ended = (): Transaction => {
    if (transaction === null) throw new Error('no transaction is under way');
    const last = transaction;
    transaction = null;
    return last;
  };
  return {
    write: async (topic, value, { partition = 0, key, headers = [] } = {}) => {
      transaction ??= await producer.transaction();
      const message = { partition, key: key ?? null, value, headers: asMessageHeaders(headers) };
      await transaction.send({ topic, messages: [message] });
    },
    commit: () => ended().commit(),
    abort: () => ended().abort(),
    close: () => producer.disconnect(),
  };
};

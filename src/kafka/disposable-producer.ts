/**
 * A transactional producer under a stable id. It is disposable (R4): after any failure it is disconnected and refuses everything;
 * nothing is ever aborted and used again. Before that, kafkajs sends again under the same sequence numbers what may not have
 * arrived, and a transaction asks again where the broker has answered "not yet"; it gives up before the broker would end it. All
 * failures are `Failure`s; after one, only the log can tell whether the transaction was committed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import { count } from '../domain/words/count.ts';
import { Failure } from '../processor/failure.ts';
import type { KafkaClient } from './client.ts';
import type { OutputRequest } from './compression/requests.ts';
import { settledWithinMs, withinMs } from './deadline.ts';
import { kafkaFailure, notAcknowledged, protocolErrorOf, WRITING } from './failures.ts';
import type { TopicPartition } from './log-record.ts';

/** Up to where a group has come in a partition. */
export type GroupOffset = TopicPartition & { readonly groupId: string; readonly offset: number };

export type DisposableProducer = {
  /**
   * One Kafka transaction: the requests in order, each of one partition, and the group's offset, if any.
   *
   * @param doing what is being done, with ids, for the failure's message
   */
  transact(doing: string, requests: Iterable<OutputRequest>, progress: GroupOffset | null): Promise<void>;
  /** Never rejects. */
  dispose(): Promise<void>;
};

export type ProducerIdentity = {
  readonly transactionalId: string;
  /** Whose producer it is, for messages: `run.close.requested/3`. */
  readonly of: string;
};

/** Longer than a request, shorter than the group's session. */
export const TRANSACTION_TIMEOUT_MS = 20_000;
const GIVE_UP_MS = 15_000;
const DISPOSAL_MS = 1_000;
const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 200;

/** `InitProducerId`: fences whoever has this id, and ends its transaction. */
export const fenceProducer = async (
  client: Pick<KafkaClient, 'producer'>,
  { transactionalId, of }: ProducerIdentity,
): Promise<DisposableProducer> => {
  const doing = `fencing the producer of ${of}`;
  const producer = client.producer({
    transactionalId,
    transactionTimeout: TRANSACTION_TIMEOUT_MS,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: FIRST_DELAY_MS, maxRetryTime: 1_000, retries: 8 },
  });
  try {
    // kafkajs asks for the producer id when the first transaction begins; `idempotent` would only ask for a second one.
    const begun = producer.connect().then(() => producer.transaction());
    const first = await withinMs(GIVE_UP_MS, begun, () => tooLate(doing));
    return createDisposableProducer(of, producer, first);
  } catch (thrown) {
    await disconnect(producer);
    throw kafkaFailure(thrown, doing, WRITING);
  }
};

const createDisposableProducer = (of: string, producer: Producer, first: Transaction): DisposableProducer => {
  let begun: Transaction | null = first;
  let disposed = false;

  const throwIfDisposed = (): void => {
    if (disposed)
      throw new Failure('transient', 'KAFKA_PRODUCER_DISPOSED', `the producer of ${of} was let go`);
  };

  const dispose = async (): Promise<void> => {
    disposed = true;
    await disconnect(producer);
  };

  const transact = async (requests: Iterable<OutputRequest>, progress: GroupOffset | null): Promise<void> => {
    throwIfDisposed();
    const transaction = begun ?? (await producer.transaction());
    begun = null;
    // One topic, and so one leader, a send. Where several are sent together, kafkajs remembers which brokers have answered, not
    // for what: once a leader moves, its retry leaves records out, or sends again what was acknowledged.
    for (const request of requests) {
      throwIfDisposed();
      const { topic, messages } = request;
      const acknowledged = await transaction.send(request).catch((thrown: unknown) => {
        throw kafkaFailure(thrown, `writing ${count(messages.length, 'record')} to ${topic}`, WRITING);
      });
      if (acknowledged.length === 0) throw notAcknowledged(`${topic}/${String(messages[0]?.partition)}`);
    }
    if (progress !== null) {
      const { groupId, topic, partition, offset } = progress;
      const topics = [{ topic, partitions: [{ partition, offset: String(offset) }] }];
      await whileNotYet(throwIfDisposed, () => transaction.sendOffsets({ consumerGroupId: groupId, topics }));
    }
    throwIfDisposed();
    await transaction.commit();
  };

  return {
    transact: async (doing, requests, progress) => {
      try {
        await withinMs(GIVE_UP_MS, transact(requests, progress), () => tooLate(doing));
      } catch (thrown) {
        await dispose();
        throw kafkaFailure(thrown, doing, WRITING);
      }
    },
    dispose,
  };
};

/**
 * The broker still completes the previous transaction, or a coordinator has just moved. The broker has answered, so nothing was done, and
 * asking again is safe. kafkajs retries these errors under names that it never produces, and does not retry the first one at all.
 */
const NOT_YET = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

const whileNotYet = async (throwIfDisposed: () => void, work: () => Promise<void>): Promise<void> => {
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 1.6, LONGEST_DELAY_MS)) {
    throwIfDisposed();
    try {
      await work();
      return;
    } catch (thrown) {
      if (!NOT_YET.has(protocolErrorOf(thrown) ?? '')) throw thrown;
    }
    await sleep(delay);
  }
};

const tooLate = (doing: string): Failure =>
  new Failure('transient', 'KAFKA_TIMEOUT', `${doing}: no answer within ${String(GIVE_UP_MS / 1000)} s`);

/** A broker that does not answer holds the connection for as long as its request may take. Nobody waits for that. */
const disconnect = async (producer: Producer): Promise<void> => {
  await settledWithinMs(DISPOSAL_MS, producer.disconnect());
};

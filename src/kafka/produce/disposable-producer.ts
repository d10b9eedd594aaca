/**
 * A transactional producer under a stable id. It is disposable (R4 of docs/adr/0002-six-rules-for-effectively-once.md): after any failure
 * it is disconnected and refuses everything, and it never aborts a transaction to continue. Before a failure, kafkajs resends records that
 * may not have arrived, under the same sequence numbers, and a transaction retries while the broker answers "not yet". A transaction fails
 * before the broker would time it out. All failures are `Failure`s; after one, only the log shows whether the transaction was committed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, RecordMetadata, Transaction } from 'kafkajs';
import { count } from '../../domain/words/count.ts';
import { Failure } from '../../processor/failure.ts';
import type { KafkaClient } from '../client/client.ts';
import { settledWithinMs, withinMs } from '../client/deadline.ts';
import { kafkaFailure, notAcknowledged, protocolErrorOf, WRITING } from '../client/failures.ts';
import type { OutputRequest } from '../compression/requests.ts';
import type { TopicPartition } from '../records/log-record.ts';

/** The offset that a group commits for a partition. */
export type GroupOffset = TopicPartition & { readonly groupId: string; readonly offset: number };

export type DisposableProducer = {
  /**
   * One Kafka transaction: the requests in order, and the group's offset, if any.
   *
   * @param doing says for the failure's message what is being done, with ids
   */
  transact(doing: string, requests: Iterable<OutputRequest>, progress: GroupOffset | null): Promise<void>;
  /** Never rejects. */
  dispose(): Promise<void>;
};

export type ProducerIdentity = {
  readonly transactionalId: string;
  /** The partition that the producer works for, for messages: `run.close.requested/3`. */
  readonly of: string;
};

/** Longer than a request, shorter than the group's session. */
export const TRANSACTION_TIMEOUT_MS = 20_000;
const GIVE_UP_MS = 15_000;
const DISPOSAL_MS = 1_000;
const FIRST_DELAY_MS = 10;
const MAX_DELAY_MS = 200;

/** Sends `InitProducerId`, which fences the former producer with this id and ends its transaction. */
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
    // kafkajs requests the producer id when the first transaction begins; `idempotent` would only request a second id.
    const begun = producer.connect().then(() => producer.transaction());
    const first = await withinMs(GIVE_UP_MS, begun, () => tooLate(doing));
    return createDisposableProducer(of, producer, first);
  } catch (thrown) {
    await disconnect(producer);
    throw kafkaFailure(thrown, doing, WRITING);
  }
};

const createDisposableProducer = (
  partitionName: string,
  producer: Producer,
  first: Transaction,
): DisposableProducer => {
  let begun: Transaction | null = first;
  let disposed = false;

  const throwIfDisposed = (): void => {
    if (disposed)
      throw new Failure(
        'transient',
        'KAFKA_PRODUCER_DISPOSED',
        `the producer of ${partitionName} was closed`,
      );
  };

  const dispose = async (): Promise<void> => {
    disposed = true;
    await disconnect(producer);
  };

  const transact = async (requests: Iterable<OutputRequest>, progress: GroupOffset | null): Promise<void> => {
    throwIfDisposed();
    const transaction = begun ?? (await producer.transaction());
    begun = null;
    for (const request of requests) {
      throwIfDisposed();
      const acknowledged = await transaction.sendBatch(request).catch((thrown: unknown) => {
        throw kafkaFailure(thrown, `writing ${describe(request)}`, WRITING);
      });
      requireEachOnce(request, acknowledged);
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
 * kafkajs remembers which brokers have answered a request, but not for which records. If a leader moves between two attempts, the retry
 * leaves out the records of that leader, or writes acknowledged records again. Such a transaction must not be committed.
 */
const requireEachOnce = ({ topicMessages }: OutputRequest, acknowledged: readonly RecordMetadata[]): void => {
  for (const { topic, messages } of topicMessages) {
    const partition = messages[0]?.partition;
    const answers = acknowledged.filter(
      (answer) => answer.topicName === topic && answer.partition === partition,
    );
    if (answers.length !== 1) throw notAcknowledged(`${topic}/${String(partition)}`, answers.length);
  }
};

const describe = ({ topicMessages }: OutputRequest): string =>
  topicMessages.map(({ topic, messages }) => `${count(messages.length, 'record')} to ${topic}`).join(' and ');

/**
 * The broker is still completing the previous transaction, or a coordinator has just moved. The broker has answered that it did nothing, so
 * a retry is safe. kafkajs retries these errors under names that it never produces, and does not retry the first one at all.
 */
const NOT_YET = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

const whileNotYet = async (throwIfDisposed: () => void, work: () => Promise<void>): Promise<void> => {
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 1.6, MAX_DELAY_MS)) {
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

/** Waits only briefly: a broker that does not answer holds the connection until its request times out. */
const disconnect = async (producer: Producer): Promise<void> => {
  await settledWithinMs(DISPOSAL_MS, producer.disconnect());
};

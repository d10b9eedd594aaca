/**
 * One transactional producer a partition, under the stable id `<group>.<topic>.<partition>`. A producer is disposable (R4): after
 * any failure it is disconnected and refuses everything; nothing is ever aborted and used again. Before that, kafkajs sends again
 * under the same sequence numbers what may not have arrived, and `publish` asks again where the broker has answered "not yet"; it
 * gives up before the broker would end the transaction. All failures are `Failure`s; after one, only the log can tell whether the
 * transaction was committed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer, Transaction } from 'kafkajs';
import { Failure } from '../processor/failure.ts';
import type { Emission, PartitionProducer, TransactionalOutput } from '../processor/ports.ts';
import type { KafkaClient } from './client.ts';
import { settledWithinMs, withinMs } from './deadline.ts';
import { kafkaFailure, notAcknowledged, protocolErrorOf } from './failures.ts';
import { requestsOf } from './output-messages.ts';
import type { TopicNames } from './topic-names.ts';

export type TransactionalOutputDeps = {
  readonly client: Pick<KafkaClient, 'producer'>;
  readonly groupId: string;
  readonly names: TopicNames;
};

/** Longer than a request, shorter than the group's session. */
const TRANSACTION_TIMEOUT_MS = 20_000;
const GIVE_UP_MS = 15_000;
const DISPOSAL_MS = 1_000;
const FIRST_DELAY_MS = 10;
const LONGEST_DELAY_MS = 200;

export const createTransactionalOutput = (deps: TransactionalOutputDeps): TransactionalOutput => ({
  fence: async (partition) => {
    const source = `${deps.names.requested}/${String(partition)}`;
    const doing = `fencing the producer of ${source}`;
    const producer = deps.client.producer({
      transactionalId: `${deps.groupId}.${deps.names.requested}.${String(partition)}`,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      maxInFlightRequests: 1,
      retry: { initialRetryTime: FIRST_DELAY_MS, maxRetryTime: 1_000, retries: 8 },
    });
    try {
      // kafkajs asks for the producer id when the first transaction begins; `idempotent` would only ask for a second one.
      const begun = producer.connect().then(() => producer.transaction());
      const first = await withinMs(GIVE_UP_MS, begun, () => tooLate(doing));
      return createPartitionProducer(deps, partition, source, producer, first);
    } catch (thrown) {
      await disconnect(producer);
      throw kafkaFailure(thrown, doing);
    }
  },
});

const createPartitionProducer = (
  { groupId, names }: TransactionalOutputDeps,
  partition: number,
  source: string,
  producer: Producer,
  first: Transaction,
): PartitionProducer => {
  let begun: Transaction | null = first;
  let disposed = false;

  const goOn = (): void => {
    if (disposed)
      throw new Failure('transient', 'KAFKA_PRODUCER_DISPOSED', `the producer of ${source} was let go`);
  };

  const dispose = async (): Promise<void> => {
    disposed = true;
    await disconnect(producer);
  };

  const publish = async (emissions: readonly Emission[], end: number): Promise<void> => {
    goOn();
    const transaction = begun ?? (await producer.transaction());
    begun = null;
    for (const topicMessages of requestsOf(emissions, names, partition)) {
      // One topic, and so one leader, a send. Where several are sent together, kafkajs remembers which brokers have answered, not
      // for what: once a leader moves, its retry leaves records out, or sends again what was acknowledged.
      for (const { topic, messages } of topicMessages) {
        goOn();
        const acknowledged = await transaction.send({ topic, messages });
        if (acknowledged.length === 0) throw notAcknowledged(`${topic}/${String(partition)}`);
      }
    }
    const offsets = [{ topic: names.requested, partitions: [{ partition, offset: String(end) }] }];
    await whileNotYet(goOn, () => transaction.sendOffsets({ consumerGroupId: groupId, topics: offsets }));
    goOn();
    await transaction.commit();
  };

  return {
    partition,
    publish: async (emissions, end) => {
      const doing = `publishing ${String(emissions.length)} records of ${source} up to ${String(end)}`;
      try {
        await withinMs(GIVE_UP_MS, publish(emissions, end), () => tooLate(doing));
      } catch (thrown) {
        await dispose();
        throw kafkaFailure(thrown, doing);
      }
    },
    dispose,
  };
};

/**
 * The broker still completes the transaction before, or a coordinator has just moved. These are answers, so nothing was done, and
 * asking again is safe. kafkajs does so for names of these errors that it does not use itself, and not for the first one.
 */
const NOT_YET = new Set([
  'CONCURRENT_TRANSACTIONS',
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
  'UNKNOWN_TOPIC_OR_PARTITION',
]);

const whileNotYet = async (goOn: () => void, work: () => Promise<void>): Promise<void> => {
  for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 1.6, LONGEST_DELAY_MS)) {
    goOn();
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

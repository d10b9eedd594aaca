/**
 * Finds the open transactions that hold back the end of a partition, with their producers and start times (KIP-664). Brokers of Kafka 2.8
 * and later report the producer id to clients that may read the topic, and the transactional id to clients that may describe that id. A
 * fact that a broker does not report is null or left out: that is no failure.
 */
import { sendFlexible, supports, type FlexibleRequest } from '../client/flexible-request.ts';
import type { Broker, Cluster } from '../patches/kafkajs-internals.ts';
import { array, int32, int64, NO_TAGS, string } from '../protocol/flexible-fields.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { groupByLeader, keyOf } from '../topics/partition-offsets.ts';

export type OpenTransaction = {
  readonly producerId: number;
  readonly transactionalId: string | null;
  /** The offset of its first record in the partition. */
  readonly startOffset: number;
  /**
   * When the transaction began. If the broker does not report this: when the producer last wrote to the partition. Milliseconds since 1970.
   */
  readonly since: number | null;
};

/** By partition (`keyOf`), the oldest first. Never rejects. */
export const fetchOpenTransactions = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, readonly OpenTransaction[]>> => {
  if (partitions.length === 0) return new Map();
  const producers = await describeProducers(cluster, partitions).catch(() => []);
  const ids = [...new Set(producers.map(({ producerId }) => producerId))];
  const transactions =
    ids.length === 0 ? new Map<number, Transaction>() : await listTransactions(cluster, ids);
  const open = new Map<string, OpenTransaction[]>();
  for (const { key, producerId, startOffset, lastTimestamp } of producers) {
    const known = transactions.get(producerId);
    open.set(key, [
      ...(open.get(key) ?? []),
      {
        producerId,
        startOffset,
        transactionalId: known?.transactionalId ?? null,
        since: known?.since ?? (lastTimestamp < 0 ? null : lastTimestamp),
      },
    ]);
  }
  for (const each of open.values()) each.sort((a, b) => a.startOffset - b.startOffset);
  return open;
};

type ActiveProducer = {
  readonly key: string;
  readonly producerId: number;
  readonly lastTimestamp: number;
  readonly startOffset: number;
};

const describeProducers = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<readonly ActiveProducer[]> => {
  const leaders = await groupByLeader(cluster, partitions);
  const answers = await Promise.all(
    leaders.map(({ broker, topics }) => ask(broker, producersOf(topics)).catch(() => null)),
  );
  return answers.flatMap((answer) => answer ?? []).filter(({ startOffset }) => startOffset >= 0);
};

/** DescribeProducers, version 0. */
const producersOf = (
  topics: ReadonlyMap<string, readonly TopicPartition[]>,
): FlexibleRequest<readonly ActiveProducer[]> => ({
  apiKey: 61,
  apiVersion: 0,
  apiName: 'DescribeProducers',
  body: Buffer.concat([
    array(
      [...topics].map(([topic, ledPartitions]) =>
        Buffer.concat([
          string(topic),
          array(ledPartitions.map(({ partition }) => int32(partition))),
          NO_TAGS,
        ]),
      ),
    ),
    NO_TAGS,
  ]),
  read: (answer) => {
    answer.int32(); // throttle time
    return answer
      .array(() => {
        const topic = answer.string() ?? '';
        const active = answer.array(() => {
          const partition = answer.int32();
          answer.int16(); // error code: then there are no producers
          answer.string();
          const producers = answer.array((): ActiveProducer => {
            const producerId = answer.int64();
            answer.int32(); // epoch
            answer.int32(); // last sequence number
            const lastTimestamp = answer.int64();
            answer.int32(); // the coordinator's epoch
            const startOffset = answer.int64();
            answer.tags();
            return { key: keyOf({ topic, partition }), producerId, lastTimestamp, startOffset };
          });
          answer.tags();
          return producers;
        });
        answer.tags();
        return active.flat();
      })
      .flat();
  },
});

type Transaction = { readonly transactionalId: string; readonly since: number | null };

/** Each broker knows the transactions that it coordinates. If a broker does not answer, its transactions are left out. */
const listTransactions = async (
  cluster: Cluster,
  producerIds: readonly number[],
): Promise<ReadonlyMap<number, Transaction>> => {
  const transactions = await Promise.all(
    cluster.getNodeIds().map(async (nodeId): Promise<readonly (readonly [number, Transaction])[]> => {
      try {
        const broker = await cluster.findBroker({ nodeId });
        const listed = (await ask(broker, transactionsOf(producerIds))) ?? [];
        if (listed.length === 0) return [];
        const ids = listed.map(({ transactionalId }) => transactionalId);
        const since = new Map((await ask(broker, startsOf(ids)).catch(() => null)) ?? []);
        return listed.map(({ transactionalId, producerId }) => [
          producerId,
          { transactionalId, since: since.get(transactionalId) ?? null },
        ]);
      } catch {
        return [];
      }
    }),
  );
  return new Map(transactions.flat());
};

/** ListTransactions, version 0. */
const transactionsOf = (
  producerIds: readonly number[],
): FlexibleRequest<readonly { readonly transactionalId: string; readonly producerId: number }[]> => ({
  apiKey: 66,
  apiVersion: 0,
  apiName: 'ListTransactions',
  body: Buffer.concat([array([]), array(producerIds.map(int64)), NO_TAGS]),
  read: (answer) => {
    answer.int32(); // throttle time
    answer.int16(); // error code: then there are no transactions
    answer.array(() => answer.string()); // unknown filters
    return answer.array(() => {
      const transactionalId = answer.string() ?? '';
      const producerId = answer.int64();
      answer.string(); // state
      answer.tags();
      return { transactionalId, producerId };
    });
  },
});

/** DescribeTransactions, version 0: when each transaction began. */
const startsOf = (
  transactionalIds: readonly string[],
): FlexibleRequest<readonly (readonly [transactionalId: string, since: number])[]> => ({
  apiKey: 65,
  apiVersion: 0,
  apiName: 'DescribeTransactions',
  body: Buffer.concat([array(transactionalIds.map(string)), NO_TAGS]),
  read: (answer) => {
    answer.int32(); // throttle time
    return answer
      .array(() => {
        answer.int16(); // error code: then there is no start
        const transactionalId = answer.string() ?? '';
        answer.string(); // state
        answer.int32(); // timeout
        const since = answer.int64();
        answer.int64(); // producer id
        answer.int16(); // producer epoch
        answer.array(() => {
          answer.string();
          answer.array(() => answer.int32());
          answer.tags();
        });
        answer.tags();
        return [transactionalId, since] as const;
      })
      .filter(([, since]) => since >= 0);
  },
});

/** Null: the broker is too old for the request. */
const ask = async <T>(broker: Broker, request: FlexibleRequest<T>): Promise<T | null> =>
  supports(broker, request) ? sendFlexible(broker, request) : null;

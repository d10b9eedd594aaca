import { Failure } from '../../processor/failure.ts';
import type { Broker, Cluster } from '../patches/kafkajs-internals.ts';
import type { TopicPartition } from '../records/log-record.ts';

export type PartitionBounds = TopicPartition & {
  /** The first offset that the log still holds. */
  readonly low: number;
  /** One past the last record, whether its transaction is committed or not. */
  readonly high: number;
  /** One past the last record that read-committed readers can see now. */
  readonly stable: number;
};

export type PartitionOffset = TopicPartition & { readonly offset: number };

const EARLIEST = -2;
const LATEST = -1;
const NO_LEADER = -1;
const READ_UNCOMMITTED = 0;
const READ_COMMITTED = 1;

/** In the order of `partitions`. The topics must exist. */
export const fetchBounds = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<readonly PartitionBounds[]> => {
  const [lows, stables] = await Promise.all([
    listOffsets(cluster, partitions, EARLIEST, READ_UNCOMMITTED),
    fetchStableOffsets(cluster, partitions),
  ]);
  // Ask for the end last, so that it is never below the stable offset.
  const highs = await listOffsets(cluster, partitions, LATEST, READ_UNCOMMITTED);
  return partitions.map((partition) => ({
    ...partition,
    low: lows.get(keyOf(partition)) ?? 0,
    high: highs.get(keyOf(partition)) ?? 0,
    stable: stables.get(keyOf(partition)) ?? 0,
  }));
};

/** By partition (`keyOf`), one past the last record that read-committed consumers can see now. */
export const fetchStableOffsets = (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<ReadonlyMap<string, number>> => listOffsets(cluster, partitions, LATEST, READ_COMMITTED);

/** The first offset at or after a time in milliseconds since 1970; one past the last offset if there is none. */
export const fetchOffsetsForTime = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  time: number,
): Promise<readonly PartitionOffset[]> => {
  const offsets = await listOffsets(cluster, partitions, time, READ_UNCOMMITTED);
  const ends = await listOffsets(cluster, partitions, LATEST, READ_UNCOMMITTED);
  return partitions.map((partition) => {
    const offset = offsets.get(keyOf(partition)) ?? -1;
    return { ...partition, offset: offset >= 0 ? offset : (ends.get(keyOf(partition)) ?? 0) };
  });
};

/** Groups the partitions by leader, and then by topic. */
export const groupByLeader = async <P extends TopicPartition>(
  cluster: Cluster,
  partitions: readonly P[],
): Promise<readonly { readonly broker: Broker; readonly topics: ReadonlyMap<string, readonly P[]> }[]> => {
  await cluster.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))]);
  const leaders = new Map<string, Map<string, P[]>>();
  for (const partition of partitions) {
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(partition.topic, [partition.partition]));
    if (nodeId === undefined)
      throw new Failure('transient', 'KAFKA_NO_LEADER', `no broker leads ${keyOf(partition)} at present`);
    const topics = getOrAdd(leaders, nodeId, () => new Map<string, P[]>());
    getOrAdd(topics, partition.topic, () => []).push(partition);
  }
  return Promise.all(
    [...leaders].map(async ([nodeId, topics]) => ({ broker: await cluster.findBroker({ nodeId }), topics })),
  );
};

/** The partitions that no broker leads at present, or that do not exist: no broker can answer for them. */
export const findLeaderless = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
): Promise<readonly TopicPartition[]> => {
  await cluster.addMultipleTargetTopics([...new Set(partitions.map(({ topic }) => topic))]);
  const leaderOf = ({ topic, partition }: TopicPartition): number | undefined =>
    cluster.findTopicPartitionMetadata(topic).find(({ partitionId }) => partitionId === partition)?.leader;
  // Partitions may have been added since the client last asked.
  if (partitions.some((each) => leaderOf(each) === undefined)) await cluster.refreshMetadata();
  return partitions.filter((each) => (leaderOf(each) ?? NO_LEADER) < 0);
};

/** The bounds of the partitions that a broker leads, and the partitions that no broker leads. */
export const fetchLedBounds = async (cluster: Cluster, partitions: readonly TopicPartition[]) => {
  const leaderless = await findLeaderless(cluster, partitions);
  const ledPartitions = partitions.filter((partition) => !leaderless.includes(partition));
  return { bounds: await fetchBounds(cluster, ledPartitions), leaderless };
};

const getOrAdd = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
};

export const partitionsOf = (topic: string, count: number): readonly TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));

export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${String(partition)}`;

const listOffsets = async (
  cluster: Cluster,
  partitions: readonly TopicPartition[],
  timestamp: number,
  isolationLevel: 0 | 1,
): Promise<ReadonlyMap<string, number>> => {
  const answers = await Promise.all(
    (await groupByLeader(cluster, partitions)).map(({ broker, topics }) =>
      broker.listOffsets({
        isolationLevel,
        topics: [...topics].map(([topic, ledPartitions]) => ({
          topic,
          partitions: ledPartitions.map(({ partition }) => ({ partition, timestamp })),
        })),
      }),
    ),
  );
  return new Map(
    answers
      .flatMap(({ responses }) => responses)
      .flatMap(({ topic, partitions: answered }) =>
        answered.map(({ partition, offset }) => [keyOf({ topic, partition }), Number(offset)] as const),
      ),
  );
};

/**
 * Where a consumer group begins to read. A topic in which the group has committed nothing is new to it: all partitions of the topic begin
 * at the same end of the log, and the owner of partition 0 commits these starts in one request before anybody reads. So a start is
 * decided once, and a member that is killed before its first own commit loses nothing. A partition without a commit in a topic that the
 * group knows was added later, so it is read from its first record. Rejects with a `Failure`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaClient } from '../client/client.ts';
import { createClusterConnection } from '../client/cluster-connection.ts';
import { MEMBER } from '../client/failures.ts';
import type { Cluster } from '../patches/kafkajs-internals.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { fetchPartitionCounts, topicMissing } from '../topics/partition-counts.ts';
import { fetchBounds, type PartitionBounds, type PartitionOffset } from '../topics/partition-offsets.ts';

export type Start = TopicPartition & {
  /** The first offset to read. */
  readonly offset: number;
  /** The offset that the group has reached. Differs from `offset` if the log no longer holds it. */
  readonly reached: number;
};

export type GroupMembership = {
  /** Commits under the generation of the member. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  /** False after the member has joined the group again: these starts are then no longer needed. */
  isCurrent(): boolean;
};

export type GroupStarts = {
  /** The start of one of a member's partitions, after it was committed; null if the membership has ended meanwhile. */
  find(partition: TopicPartition, membership: GroupMembership): Promise<Start | null>;
  /** Rejects with `KAFKA_TOPIC_MISSING` if one of the topics does not exist. */
  expectTopics(topics: readonly string[]): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
};

export type GroupStartsDeps = {
  readonly client: Pick<KafkaClient, 'cluster'>;
  readonly groupId: string;
  /** The end of the log at which to begin a topic that is new to the group. */
  readonly from: 'earliest' | 'latest';
};

/** How often a member looks for the starts that the owner of partition 0 commits, and for how long. */
const POLL_MS = 100;
/** If the owner of partition 0 uses another client, it commits no starts. Then reading from the first record loses nothing. */
const PATIENCE_MS = 10_000;

export const createGroupStarts = ({ client, groupId, from }: GroupStartsDeps): GroupStarts => {
  const connection = createClusterConnection(client, MEMBER);
  /** Topics that this process has read before. If the group has no commit in one of them now, the topic was deleted and created again. */
  const known = new Set<string>();

  const committedIn = (topic: string): Promise<ReadonlyMap<number, number>> =>
    connection.run(`asking what group ${groupId} has committed of ${topic}`, async (cluster) =>
      fetchCommitted(cluster, groupId, topic, await countPartitions(cluster, topic)),
    );
  const boundsOf = (topic: string, partition: number): Promise<PartitionBounds> =>
    connection.run(`asking for the bounds of ${topic}/${String(partition)}`, async (cluster) => {
      const [bounds] = await fetchBounds(cluster, [{ topic, partition }]);
      return bounds as PartitionBounds;
    });
  const startsOf = (topic: string): Promise<readonly PartitionOffset[]> =>
    connection.run(`asking for the bounds of ${topic}`, async (cluster) => {
      const partitions = Array.from({ length: await countPartitions(cluster, topic) }, (_, i) => i);
      const all = await fetchBounds(
        cluster,
        partitions.map((partition) => ({ topic, partition })),
      );
      return all.map(({ partition, low, stable }) => ({
        topic,
        partition,
        offset: from === 'earliest' || known.has(topic) ? low : stable,
      }));
    });

  return {
    find: async ({ topic, partition }, { commit, isCurrent }) => {
      const deadline = performance.now() + PATIENCE_MS;
      while (isCurrent()) {
        const committed = await committedIn(topic);
        const reached = committed.get(partition);
        if (reached !== undefined) {
          known.add(topic);
          return startOf(await boundsOf(topic, partition), reached);
        }
        if (committed.size === 0 && partition === 0) await commit(await startsOf(topic));
        else if (committed.size > 0 || performance.now() > deadline) {
          const { low } = await boundsOf(topic, partition);
          await commit([{ topic, partition, offset: low }]);
        }
        await sleep(POLL_MS);
      }
      return null;
    },
    expectTopics: (topics) =>
      connection.run(`looking for ${topics.join(', ')}`, async (cluster) => {
        for (const [topic, count] of await fetchPartitionCounts(cluster, topics))
          if (count === 0) throw topicMissing(topic);
      }),
    close: () => connection.close(),
  };
};

/** If the commit lies beyond the log's end, the log was deleted and created again, or truncated: all its records are new. */
const startOf = ({ topic, partition, low, high }: PartitionBounds, reached: number): Start => ({
  topic,
  partition,
  reached,
  offset: reached < low || reached > high ? low : reached,
});

const countPartitions = async (cluster: Cluster, topic: string): Promise<number> =>
  (await fetchPartitionCounts(cluster, [topic])).get(topic) ?? 0;

/** By partition. Leaves out partitions without a commit. */
const fetchCommitted = async (
  cluster: Cluster,
  groupId: string,
  topic: string,
  count: number,
): Promise<ReadonlyMap<number, number>> => {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const partitions = Array.from({ length: count }, (_, partition) => ({ partition }));
  const { responses } = await coordinator.offsetFetch({ groupId, topics: [{ topic, partitions }] });
  return new Map(
    responses
      .flatMap(({ partitions: committed }) => committed)
      .map(({ partition, offset }) => [partition, Number(offset)] as const)
      .filter(([, offset]) => offset >= 0),
  );
};

/**
 * Where a consumer group begins to read a partition:
 *
 * 1. If the group has committed an offset of the partition, at that offset.
 * 2. If the group has committed nothing in the whole topic, the topic is new to the group. Then all its partitions begin at the first
 *    record, or all behind the last one (`from`). The owner of partition 0 commits these starts in one request before anybody reads. So a
 *    member that is killed before it commits anything itself loses nothing.
 * 3. If the group has committed offsets of other partitions only, this partition was added later. It begins at its first record.
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
  /** The offset that the group has reached. Differs from `offset` if the log does not contain that offset. */
  readonly reached: number;
};

export type GroupMembership = {
  /** Commits under the generation of the member. */
  commit(offsets: readonly PartitionOffset[]): Promise<void>;
  /** False after the member has joined the group again: these starts are then no longer needed. */
  isCurrent(): boolean;
};

export type GroupStarts = {
  /**
   * Finds the start of one of a member's partitions, and commits it first if the group has none. Null if the membership has ended
   * meanwhile. Rejects with a `Failure`.
   */
  findOrCommit(partition: TopicPartition, membership: GroupMembership): Promise<Start | null>;
  /** Rejects with `KAFKA_TOPIC_MISSING` if one of the topics does not exist. */
  expectTopics(topics: readonly string[]): Promise<void>;
  /** Never rejects. */
  close(): Promise<void>;
};

export type GroupStartsDeps = {
  readonly client: Pick<KafkaClient, 'cluster'>;
  readonly groupId: string;
  /** Where to begin in a topic that is new to the group: at the first record, or behind the last one. */
  readonly from: 'earliest' | 'latest';
};

type CommittedRequest = { readonly groupId: string; readonly topic: string; readonly partitionCount: number };

/** How often a member looks for the starts that the owner of partition 0 commits. */
const POLL_MS = 100;
/**
 * After this long without starts, the member begins at the first record of its partition, to lose nothing: an owner of partition 0 with
 * another client never commits starts.
 */
const MAX_WAIT_MS = 10_000;

export const createGroupStarts = ({ client, groupId, from }: GroupStartsDeps): GroupStarts => {
  const connection = createClusterConnection(client, MEMBER);
  /** Topics that this process has read before. If the group has no commit in one of them now, the topic was deleted and created again. */
  const known = new Set<string>();

  const committedIn = (topic: string): Promise<ReadonlyMap<number, number>> =>
    connection.run(`asking what group ${groupId} has committed of ${topic}`, async (cluster) =>
      fetchCommitted(cluster, { groupId, topic, partitionCount: await countPartitions(cluster, topic) }),
    );
  const fetchBoundsOf = (topic: string, partition: number): Promise<PartitionBounds> =>
    connection.run(`asking for the bounds of ${topic}/${String(partition)}`, async (cluster) => {
      const [bounds] = await fetchBounds(cluster, [{ topic, partition }]);
      if (bounds === undefined) throw new Error(`no bounds of ${topic}/${String(partition)} in the answer`);
      return bounds;
    });
  const initialOffsetsOf = (topic: string): Promise<readonly PartitionOffset[]> =>
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
    findOrCommit: async ({ topic, partition }, { commit, isCurrent }) => {
      const deadline = performance.now() + MAX_WAIT_MS;
      while (isCurrent()) {
        const committed = await committedIn(topic);
        const reached = committed.get(partition);
        if (reached !== undefined) {
          known.add(topic);
          return startWithin(await fetchBoundsOf(topic, partition), reached);
        }
        const isNewTopic = committed.size === 0;
        // The next round reads what was committed here.
        if (isNewTopic && partition === 0) await commit(await initialOffsetsOf(topic));
        else if (!isNewTopic || performance.now() > deadline) {
          const { low } = await fetchBoundsOf(topic, partition);
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
const startWithin = ({ topic, partition, low, high }: PartitionBounds, reached: number): Start => ({
  topic,
  partition,
  reached,
  offset: reached < low || reached > high ? low : reached,
});

const countPartitions = async (cluster: Cluster, topic: string): Promise<number> =>
  (await fetchPartitionCounts(cluster, [topic])).get(topic) ?? 0;

/** Committed offset by partition. Leaves out partitions without a commit. */
const fetchCommitted = async (
  cluster: Cluster,
  { groupId, topic, partitionCount }: CommittedRequest,
): Promise<ReadonlyMap<number, number>> => {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const partitions = Array.from({ length: partitionCount }, (_, partition) => ({ partition }));
  const { responses } = await coordinator.offsetFetch({ groupId, topics: [{ topic, partitions }] });
  return new Map(
    responses
      .flatMap(({ partitions: committed }) => committed)
      .map(({ partition, offset }) => [partition, Number(offset)] as const)
      .filter(([, offset]) => offset >= 0),
  );
};

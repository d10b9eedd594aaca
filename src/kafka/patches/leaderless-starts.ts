import type { Patch } from './patch.ts';

type Topic = { readonly topic: string; readonly partitions: readonly { readonly partition: number }[] };
type Cluster = {
  findTopicPartitionMetadata(
    topic: string,
  ): readonly { readonly partitionId: number; readonly leader: number }[];
  fetchTopicsOffset(topics: readonly Topic[]): Promise<readonly Topic[]>;
};
type OffsetManagerClass = new (options: { readonly cluster: Cluster }) => object;

/**
 * A kafkajs consumer asks in one call for the starts of all partitions that have no offset in its group. If one partition has no leader,
 * the call fails for all, and nothing is fetched. This patch leaves the partition out until it has a leader: kafkajs does not fetch a
 * partition without a start, and asks for the start again before each fetch.
 */
export const leaderlessStarts: Patch = {
  module: 'consumer/offsetManager/index.js',
  apply: (offsetManager: OffsetManagerClass) =>
    class extends offsetManager {
      constructor(options: { readonly cluster: Cluster }) {
        super({ ...options, cluster: askingLeadersOnly(options.cluster) });
      }
    },
};

const askingLeadersOnly = (cluster: Cluster): Cluster =>
  Object.create(cluster, {
    fetchTopicsOffset: {
      value: async (topics: readonly Topic[]): Promise<readonly Topic[]> => {
        const led = topics.map(({ partitions, ...topic }) => {
          const leaders = new Map(
            cluster
              .findTopicPartitionMetadata(topic.topic)
              .map(({ partitionId, leader }) => [partitionId, leader]),
          );
          return {
            ...topic,
            partitions: partitions.filter(({ partition }) => (leaders.get(partition) ?? 0) >= 0),
          };
        });
        const answered = await cluster.fetchTopicsOffset(led);
        // kafkajs expects each topic that it asked for in the answer.
        const missing = topics.filter(({ topic }) => !answered.some((answer) => answer.topic === topic));
        return [...answered, ...missing.map(({ topic }) => ({ topic, partitions: [] }))];
      },
    },
  }) as Cluster;

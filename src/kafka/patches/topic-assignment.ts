import type { Patch } from './patch.ts';

type Member = { readonly memberId: string; readonly memberMetadata: Buffer };
type Cluster = {
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
};
type Assigner = {
  readonly version: number;
  assign(group: { members: readonly Member[]; topics: readonly string[] }): Promise<readonly object[]>;
};
type Logger = { warn(message: string, facts: object): void };
type CreateAssigner = (options: { readonly cluster: Cluster; readonly logger: Logger }) => Assigner;

type Protocol = {
  readonly MemberMetadata: { decode(metadata: Buffer): { readonly topics: readonly string[] } };
  readonly MemberAssignment: {
    encode(assignment: {
      readonly version: number;
      readonly assignment: Readonly<Record<string, readonly number[]>>;
    }): Buffer;
  };
};

type Partition = { readonly topic: string; readonly partition: number };

/**
 * In kafkajs, the leader of a group assigns only the topics of its own subscription, and assigns them to all members. A member with another
 * topic gets no partition of that topic, but partitions of topics that it does not subscribe to, which nobody reads then (kafkajs issues
 * 699 and 1776). This patch spreads each topic over the members that subscribe to it, and gives each partition to the member with the
 * fewest so far. The assigner keeps the client's name, so that members with and without this patch can be in one group.
 */
export const topicAssignment = (protocol: () => Protocol): Patch => ({
  module: 'consumer/assigners/roundRobinAssigner/index.js',
  apply: (createAssigner: CreateAssigner): CreateAssigner =>
    function createRepaired(options) {
      const { cluster, logger } = options;
      const assigner = createAssigner(options);
      return {
        ...assigner,
        assign: async ({ members, topics: own }) => {
          const { MemberMetadata, MemberAssignment } = protocol();
          const wanted = new Map(
            members.map(({ memberId, memberMetadata }) => [
              memberId,
              new Set(MemberMetadata.decode(memberMetadata).topics),
            ]),
          );
          const topics = [
            ...new Set([...wanted.values()].flatMap((memberTopics) => [...memberTopics])),
          ].sort();
          for (const topic of topics) {
            try {
              await cluster.addMultipleTargetTopics([topic]);
            } catch (thrown) {
              if (own.includes(topic)) throw thrown;
              logger.warn(
                `${topic} is assigned to no member: the leader of the group may not see it; grant the leader DESCRIBE on the topic`,
                {
                  topic,
                },
              );
            }
          }
          const partitions = topics.flatMap((topic) =>
            cluster
              .findTopicPartitionMetadata(topic)
              .map(({ partitionId }) => ({ topic, partition: partitionId }))
              .sort((a, b) => a.partition - b.partition),
          );
          return [...spread(partitions, wanted)].map(([memberId, memberPartitions]) => ({
            memberId,
            memberAssignment: MemberAssignment.encode({
              version: assigner.version,
              assignment: byTopic(memberPartitions),
            }),
          }));
        },
      };
    },
});

const spread = (
  partitions: readonly Partition[],
  wanted: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlyMap<string, readonly Partition[]> => {
  const assigned = new Map([...wanted.keys()].sort().map((memberId) => [memberId, [] as Partition[]]));
  for (const partition of partitions) {
    const [fewest] = [...assigned]
      .filter(([memberId]) => wanted.get(memberId)?.has(partition.topic) === true)
      .sort(([, a], [, b]) => a.length - b.length);
    fewest?.[1].push(partition);
  }
  return assigned;
};

const byTopic = (partitions: readonly Partition[]): Readonly<Record<string, readonly number[]>> => {
  const topics: Record<string, number[]> = {};
  for (const { topic, partition } of partitions) (topics[topic] ??= []).push(partition);
  return topics;
};

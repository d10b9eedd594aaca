import type { Patch } from './patch.ts';

// The parts of kafkajs's internals that this patch uses.
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

type Assignment = {
  readonly version: number;
  readonly assignment: Readonly<Record<string, readonly number[]>>;
};
type Protocol = {
  readonly MemberMetadata: { decode(metadata: Buffer): { readonly topics: readonly string[] } };
  readonly MemberAssignment: { encode(assignment: Assignment): Buffer };
};

type Partition = { readonly topic: string; readonly partition: number };

/** The topics of each member, by member id. */
type Subscriptions = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * In kafkajs, the leader of a group assigns only the topics of its own subscription, and spreads them over all members. So nobody gets a
 * topic to which only other members subscribe, and members get partitions of topics that they do not read (kafkajs issues 699 and 1776).
 * With this patch, a partition goes only to a member that subscribes to its topic, and among these to the one with the fewest partitions.
 * The assigner keeps the client's name, so that members with and without this patch can be in one group.
 *
 * @param protocol loads the module when the first group is assigned: patches are made before the modules of the client are loaded
 */
export const topicAssignment = (protocol: () => Protocol): Patch => ({
  module: 'consumer/assigners/roundRobinAssigner/index.js',
  apply: (createAssigner: CreateAssigner): CreateAssigner =>
    function createTopicAware(options) {
      const { cluster, logger } = options;
      const assigner = createAssigner(options);
      return {
        ...assigner,
        assign: async ({ members, topics: leaderTopics }) => {
          const { MemberMetadata, MemberAssignment } = protocol();
          const subscriptions: Subscriptions = new Map(
            members.map(({ memberId, memberMetadata }) => [
              memberId,
              new Set(MemberMetadata.decode(memberMetadata).topics),
            ]),
          );
          const topics = [
            ...new Set([...subscriptions.values()].flatMap((memberTopics) => [...memberTopics])),
          ].sort();
          // One request for each topic: if one of several topics is refused, the whole request fails.
          for (const topic of topics) {
            try {
              await cluster.addMultipleTargetTopics([topic]);
            } catch (thrown) {
              if (leaderTopics.includes(topic)) throw thrown;
              logger.warn(
                `${topic} is assigned to no member: the leader of the group may not see it; grant the leader DESCRIBE on the topic`,
                { topic, error: thrown instanceof Error ? thrown.message : String(thrown) },
              );
            }
          }
          const partitions = topics.flatMap((topic) =>
            cluster
              .findTopicPartitionMetadata(topic)
              .map(({ partitionId }) => ({ topic, partition: partitionId }))
              .sort((a, b) => a.partition - b.partition),
          );
          return [...spread(partitions, subscriptions)].map(([memberId, memberPartitions]) => ({
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
  subscriptions: Subscriptions,
): ReadonlyMap<string, readonly Partition[]> => {
  const members = [...subscriptions].map(([memberId, topics]) => ({
    memberId,
    topics,
    assigned: [] as Partition[],
  }));
  // Sorted, so that among equals the choice does not depend on the order in which the members joined.
  members.sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  for (const partition of partitions) {
    const [leastLoaded] = members
      .filter(({ topics }) => topics.has(partition.topic))
      .sort((a, b) => a.assigned.length - b.assigned.length);
    leastLoaded?.assigned.push(partition);
  }
  return new Map(members.map(({ memberId, assigned }) => [memberId, assigned]));
};

const byTopic = (partitions: readonly Partition[]): Readonly<Record<string, readonly number[]>> => {
  const topics: Record<string, number[]> = {};
  for (const { topic, partition } of partitions) (topics[topic] ??= []).push(partition);
  return topics;
};

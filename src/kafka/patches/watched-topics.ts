import type { Patch } from './patch.ts';

type ConsumerGroup = {
  readonly cluster: {
    readonly targetTopics: ReadonlySet<string>;
    findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  };
  generatePartitionsPerSubscribedTopic(): ReadonlyMap<string, readonly number[]>;
};

/**
 * In kafkajs, a member looks for added partitions only in its own topics, and partitions are assigned again only if the leader joins again.
 * With this patch, the leader looks in all topics of the group, whose metadata it has loaded for the assignment.
 */
export const watchedTopics: Patch = {
  module: 'consumer/consumerGroup.js',
  apply: (consumerGroup: { prototype: ConsumerGroup }) => {
    consumerGroup.prototype.generatePartitionsPerSubscribedTopic = function (this: ConsumerGroup) {
      const { cluster } = this;
      return new Map(
        [...cluster.targetTopics].map((topic) => [
          topic,
          cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId),
        ]),
      );
    };
    return consumerGroup;
  },
};

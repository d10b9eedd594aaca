import type { Cluster } from './kafkajs-internals.ts';
import type { TopicPartition } from './log-record.ts';

/** What a group has committed for a partition; null where it has not, or only that it starts at an end of the log. */
export const fetchCommittedOffset = async (
  cluster: Cluster,
  groupId: string,
  { topic, partition }: TopicPartition,
): Promise<number | null> => {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  const { responses } = await coordinator.offsetFetch({
    groupId,
    topics: [{ topic, partitions: [{ partition }] }],
  });
  const offset = Number(responses[0]?.partitions[0]?.offset ?? -1);
  return offset < 0 ? null : offset;
};

import type { Cluster } from '../patches/kafkajs-internals.ts';
import type { TopicPartition } from '../records/log-record.ts';

/** The offset that a group has committed for a partition; null if it has committed none, or only "earliest" or "latest". */
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

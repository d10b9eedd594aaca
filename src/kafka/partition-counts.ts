import type { Broker, Cluster } from './kafkajs-internals.ts';

/** How many partitions each topic has by now; 0 where there is no such topic. Asks the brokers, whatever is remembered. */
export const fetchPartitionCounts = async (
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const counts = await Promise.all(topics.map((topic) => countPartitions(broker, topic)));
  return new Map(topics.map((topic, index) => [topic, counts[index] ?? 0]));
};

/** One topic a request: the client rejects the whole answer when one of its topics is unknown. */
const countPartitions = async (broker: Broker, topic: string): Promise<number> => {
  try {
    const { topicMetadata } = await broker.metadata([topic]);
    return topicMetadata[0]?.partitionMetadata.length ?? 0;
  } catch (thrown) {
    if (thrown instanceof Error && 'type' in thrown && thrown.type === 'UNKNOWN_TOPIC_OR_PARTITION') return 0;
    throw thrown;
  }
};

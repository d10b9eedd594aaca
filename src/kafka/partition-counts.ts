import { Failure } from '../processor/failure.ts';
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

/** Where one of the installation's own topics is not there. */
export const topicMissing = (topic: string): Failure =>
  new Failure(
    'fatal',
    'KAFKA_TOPIC_MISSING',
    `there is no topic ${topic}: check TOPIC_PREFIX, or run \`runclose setup\``,
  );

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

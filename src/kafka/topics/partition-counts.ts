import { Failure } from '../../processor/failure.ts';
import { refusalIn } from '../client/failures.ts';
import type { Broker, Cluster } from '../patches/kafkajs-internals.ts';

/** The current number of partitions of each topic; 0 if the topic does not exist. Asks the brokers and ignores the client's cache. */
export const fetchPartitionCounts = async (
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> => {
  const broker = await cluster.brokerPool.findConnectedBroker();
  const counts = await Promise.allSettled(topics.map((topic) => countPartitions(broker, topic)));
  const failed = counts.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failed.length > 0) throw mergedFailure(failed);
  return new Map(
    topics.map((topic, index) => {
      const count = counts[index];
      return [topic, count?.status === 'fulfilled' ? count.value : 0];
    }),
  );
};

/** The first failure. If the broker refuses several topics, the failure names all of them. */
const mergedFailure = (failed: readonly unknown[]): unknown => {
  const [first] = failed;
  const refused = refusalIn(first);
  if (refused === undefined) return first;
  const names = new Set(failed.flatMap((each) => refusalIn(each)?.names ?? []));
  return Object.assign(first as Error, { refused: { ...refused, names: [...names] } });
};

/** The failure for a missing topic of this installation. */
export const topicMissing = (topic: string): Failure =>
  new Failure(
    'fatal',
    'KAFKA_TOPIC_MISSING',
    `there is no topic ${topic}: check TOPIC_PREFIX, or run \`runclose setup\``,
  );

/** One topic per request: the client rejects the whole answer if one of its topics is unknown. */
const countPartitions = async (broker: Broker, topic: string): Promise<number> => {
  try {
    const { topicMetadata } = await broker.metadata([topic]);
    return topicMetadata[0]?.partitionMetadata.length ?? 0;
  } catch (thrown) {
    if (thrown instanceof Error && 'type' in thrown && thrown.type === 'UNKNOWN_TOPIC_OR_PARTITION') return 0;
    throw thrown;
  }
};

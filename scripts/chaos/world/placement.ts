import type { KafkaClient } from '../../../src/kafka/client/client.ts';
import type { TopicNames } from '../../../src/kafka/names/topic-names.ts';

/**
 * Spreads partitions over two brokers. If either broker stops, some partitions lose all their topics, one loses only an output, one loses all
 * topics except the input, and others lose nothing. Call this while the partitions are empty.
 */
export const placePartitions = async (
  client: KafkaClient,
  names: TopicNames,
  partitions: number,
): Promise<void> => {
  const admin = client.admin();
  try {
    await admin.connect();
    await admin.alterPartitionReassignments({
      topics: Object.values(names).map((topic) => ({
        topic,
        partitionAssignment: Array.from({ length: partitions }, (_, partition) => ({
          partition,
          replicas: [brokerOf(names, topic, partition)],
        })),
      })),
    });
  } finally {
    await admin.disconnect();
  }
};

const WITHOUT_AN_OUTPUT = 2;
const WITH_THE_INPUT_ALONE = 3;

const brokerOf = ({ requested, closed }: TopicNames, topic: string, partition: number): number => {
  const isElsewhere =
    (topic === closed && partition === WITHOUT_AN_OUTPUT) ||
    (topic === requested && partition === WITH_THE_INPUT_ALONE);
  return 1 + ((partition + (isElsewhere ? 1 : 0)) % 2);
};

/** The partitions that these brokers lead in no topic. Rejects while such a partition has no leader. */
export const partitionsLedElsewhere = async (
  client: KafkaClient,
  names: TopicNames,
  brokers: readonly number[],
): Promise<number[]> => {
  const admin = client.admin();
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: Object.values(names) });
    const all = new Set<number>();
    const taken = new Set<number>();
    for (const { name, partitions } of topics) {
      for (const { partitionId, leader } of partitions) {
        if (leader < 0) throw new Error(`no broker leads ${name}/${partitionId}`);
        all.add(partitionId);
        if (brokers.includes(leader)) taken.add(partitionId);
      }
    }
    return [...all].filter((partition) => !taken.has(partition)).sort((a, b) => a - b);
  } finally {
    await admin.disconnect();
  }
};

import type { KafkaClient } from '../../src/kafka/client/client.ts';

/**
 * Whether the group's offsets have passed the last record of every partition. For duplicates this is the only sign, because they have no
 * event.
 */
export const hasPassedAll = async (client: KafkaClient, topic: string, groupId: string): Promise<boolean> => {
  const admin = client.admin();
  try {
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return ends.every(({ partition, high }) => {
      const offset =
        committed?.partitions.find((progress) => progress.partition === partition)?.offset ?? '-1';
      return Math.max(Number(offset), 0) >= Number(high);
    });
  } finally {
    await admin.disconnect();
  }
};

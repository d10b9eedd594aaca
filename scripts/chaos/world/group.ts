import type { Admin } from 'kafkajs';
import type { KafkaClient } from '../../../src/kafka/client.ts';

/** The consumer group, as an operator sees and changes it. */
export interface Group {
  committed: () => Promise<ReadonlyMap<number, number>>;
  /** Records of the input that the group has not passed. */
  lag: () => Promise<number>;
  /** Only while it has no member. */
  rewind: () => Promise<void>;
  /** Only while it has no member. */
  forget: () => Promise<void>;
}

export const createGroup = (client: KafkaClient, groupId: string, topic: string): Group => {
  const withAdmin = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = client.admin();
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const committedBy = async (admin: Admin): Promise<ReadonlyMap<number, number>> => {
    const [offsets] = await admin.fetchOffsets({ groupId, topics: [topic] });
    return new Map(
      offsets?.partitions.map(({ partition, offset }) => [partition, Math.max(0, Number(offset))]),
    );
  };

  return {
    committed: () => withAdmin(committedBy),
    lag: () =>
      withAdmin(async (admin) => {
        const committed = await committedBy(admin);
        const ends = await admin.fetchTopicOffsets(topic);
        return ends.reduce(
          (sum, { partition, high }) => sum + Math.max(0, Number(high) - (committed.get(partition) ?? 0)),
          0,
        );
      }),
    rewind: () => withAdmin((admin) => admin.resetOffsets({ groupId, topic, earliest: true })),
    forget: () =>
      withAdmin(async (admin) => {
        await admin.deleteGroups([groupId]);
      }),
  };
};

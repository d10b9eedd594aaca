import type { Admin } from 'kafkajs';
import type { KafkaClient } from '../../../src/kafka/client/client.ts';
import { changeGroupOffsets } from '../../../test/support/kafka-tools.ts';

/** The consumer group, as an operator sees and changes it. */
export interface Group {
  committed: () => Promise<ReadonlyMap<number, number>>;
  /** Records of the input that the group has not passed. */
  lag: () => Promise<number>;
  /** One past the last record of each partition of the input. */
  ends: () => Promise<ReadonlyMap<number, number>>;
  members: () => Promise<number>;
  /** Waits until the group has no members. A killed process stays a member until its session ends. */
  vacated: (pause: (seconds: number) => Promise<void>) => Promise<void>;
  /** Only while it has no member. */
  rewind: () => Promise<void>;
  /** Only while it has no member. */
  forget: () => Promise<void>;
  /** Only while it has no member. */
  moveTo: (offsets: ReadonlyMap<number, number>) => Promise<void>;
  /** Deletes the offsets with Kafka's own tool, as an alarm advises. Only while the group has no members. */
  deleteOffsets: () => Promise<void>;
}

export type GroupDeps = {
  readonly client: KafkaClient;
  readonly groupId: string;
  readonly topic: string;
  readonly brokers: readonly string[];
};

const VACATED_WITHIN_SECONDS = 90;

export const createGroup = ({ client, groupId, topic, brokers }: GroupDeps): Group => {
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

  const endsBy = async (admin: Admin): Promise<ReadonlyMap<number, number>> =>
    new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, Number(high)]));

  const membersBy = async (admin: Admin): Promise<number> =>
    (await admin.describeGroups([groupId])).groups[0]?.members.length ?? 0;

  return {
    committed: () => withAdmin(committedBy),
    lag: () =>
      withAdmin(async (admin) => {
        const committed = await committedBy(admin);
        return [...(await endsBy(admin))].reduce(
          (sum, [partition, end]) => sum + Math.max(0, end - (committed.get(partition) ?? 0)),
          0,
        );
      }),
    ends: () => withAdmin(endsBy),
    members: () => withAdmin(membersBy),
    vacated: (pause) =>
      withAdmin(async (admin) => {
        const deadline = Date.now() + VACATED_WITHIN_SECONDS * 1000;
        while ((await membersBy(admin)) > 0) {
          if (Date.now() > deadline) throw new Error(`a member is still in the group ${groupId}`);
          await pause(0.5);
        }
      }),
    rewind: () => withAdmin((admin) => admin.resetOffsets({ groupId, topic, earliest: true })),
    forget: () =>
      withAdmin(async (admin) => {
        await admin.deleteGroups([groupId]);
      }),
    moveTo: (offsets) =>
      withAdmin(async (admin) => {
        const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset: String(offset) }));
        await admin.setOffsets({ groupId, topic, partitions });
      }),
    deleteOffsets: () => changeGroupOffsets({ groupId, topic, brokers }, '--delete-offsets'),
  };
};

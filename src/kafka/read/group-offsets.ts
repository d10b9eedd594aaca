import type { KafkaClient } from '../client/client.ts';
import { createClusterConnection } from '../client/cluster-connection.ts';
import { fetchCommittedOffset } from './committed-offset.ts';

/** Reads the committed offsets of a group. */
export type GroupOffsets = {
  /** By partition; null if nothing is committed yet. */
  committed(topic: string, partitions: readonly number[]): Promise<ReadonlyMap<number, number | null>>;
  /** Never rejects. */
  close(): Promise<void>;
};

export const createGroupOffsets = (client: Pick<KafkaClient, 'cluster'>, groupId: string): GroupOffsets => {
  const connection = createClusterConnection(client);
  return {
    committed: (topic, partitions) =>
      connection.run(`asking what group ${groupId} has committed of ${topic}`, async (cluster) => {
        const offsets = partitions.map(async (partition) => {
          const offset = await fetchCommittedOffset(cluster, groupId, { topic, partition });
          return [partition, offset] as const;
        });
        return new Map(await Promise.all(offsets));
      }),
    close: () => connection.close(),
  };
};

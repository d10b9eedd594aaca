import { sql } from 'slonik';
import { z } from 'zod';
import { during } from '../failures.ts';
import type { Database } from '../pool.ts';
import type { LeaseScope } from './lease-scope.ts';

/** The other Kafka clusters that hold leases on this topic. While there is one, `serve` must not start (`adopt-cluster`). */
export const otherClusters = (pool: Database, { clusterId, topic }: LeaseScope): Promise<readonly string[]> =>
  during(`looking for other clusters with ${topic}`, async () => {
    const rows = await pool.any(sql.type(z.object({ cluster_id: z.string() }))`
      SELECT DISTINCT cluster_id FROM partition_lease
      WHERE topic = ${topic} AND cluster_id <> ${clusterId} AND retired_at IS NULL
      ORDER BY cluster_id`);
    return rows.map((row) => row.cluster_id);
  });

/**
 * Makes this cluster the one that counts for a topic: leases of others are retired and their holders fenced; its own, if it was
 * retired before, come back. Safe to run again.
 *
 * @returns the clusters that were retired now
 */
export const adoptCluster = (pool: Database, { clusterId, topic }: LeaseScope): Promise<readonly string[]> =>
  during(`adopting cluster ${clusterId} for ${topic}`, () =>
    pool.transaction(async (transaction) => {
      await transaction.query(sql.unsafe`
        UPDATE partition_lease SET retired_at = NULL
        WHERE topic = ${topic} AND cluster_id = ${clusterId} AND retired_at IS NOT NULL`);
      const rows = await transaction.any(sql.type(z.object({ cluster_id: z.string() }))`
        UPDATE partition_lease SET retired_at = now(), epoch = epoch + 1
        WHERE topic = ${topic} AND cluster_id <> ${clusterId} AND retired_at IS NULL
        RETURNING cluster_id`);
      return [...new Set(rows.map((row) => row.cluster_id))].sort();
    }),
  );

import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';
import type { LeaseScope } from './lease-scope.ts';

/** Other Kafka clusters with leases on this topic. If there is one, `serve` must not start before `adopt-cluster` has run. */
export const otherClusters = (pool: Database, { clusterId, topic }: LeaseScope): Promise<readonly string[]> =>
  withPostgresFailure(`looking for other clusters with ${topic}`, async () => {
    const rows = await pool.any(sql.type(z.object({ cluster_id: z.string() }))`
      SELECT DISTINCT cluster_id FROM partition_lease
      WHERE topic = ${topic} AND cluster_id <> ${clusterId} AND retired_at IS NULL
      ORDER BY cluster_id`);
    return rows.map((row) => row.cluster_id);
  });

/**
 * Makes this cluster the only one that counts for a topic: retires the leases of all other clusters and fences their holders. If leases of
 * this cluster were retired before, they are valid again. Safe to run again.
 *
 * @returns the clusters that were retired by this call
 */
export const adoptCluster = (pool: Database, { clusterId, topic }: LeaseScope): Promise<readonly string[]> =>
  withPostgresFailure(`adopting cluster ${clusterId} for ${topic}`, () =>
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

import { sql } from 'slonik';
import { bigintArray, integerArray } from '../binary-arrays.ts';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';
import type { LeaseScope } from './lease-scope.ts';

/**
 * Retires the leases of a topic that was deleted and created again. This fences their holders. No position of the new topic meets a
 * decision of the old one, because each partition gets a new row when its lease is taken next. Decided commands stay known by their id.
 * No stored event of the old topic will be emitted, so none is kept for that: `purge` and `forget` may remove it. Safe to run again.
 */
export const adoptInput = (pool: Database, { clusterId, topic }: LeaseScope): Promise<void> =>
  withPostgresFailure(`adopting the new ${topic}`, async () => {
    await pool.query(sql.unsafe`
      UPDATE partition_lease
      SET retired_at = now(), epoch = epoch + 1, cluster_id = cluster_id || '/' || source_id,
        emitted_through = greatest(emitted_through, next_offset)
      WHERE topic = ${topic} AND cluster_id = ${clusterId} AND retired_at IS NULL`);
  });

/**
 * Adopts output topics that were deleted and created again. They no longer show which events were emitted, so the store records it here.
 *
 * @param emittedThrough by partition: the group's offset in Kafka
 */
export const adoptOutputs = (
  pool: Database,
  { clusterId, topic }: LeaseScope,
  outputsId: string,
  emittedThrough: ReadonlyMap<number, number>,
): Promise<void> =>
  withPostgresFailure(`adopting the new outputs of ${topic}`, async () => {
    await pool.query(sql.unsafe`
      UPDATE partition_lease l
      SET outputs_id = ${outputsId}, epoch = l.epoch + 1,
        emitted_through = greatest(l.emitted_through, least(l.next_offset, e.through))
      FROM unnest(
        ${integerArray([...emittedThrough.keys()])}::integer[], ${bigintArray([...emittedThrough.values()])}::bigint[]
      ) AS e (partition, through)
      WHERE l.topic = ${topic} AND l.cluster_id = ${clusterId} AND l.retired_at IS NULL AND l.partition = e.partition`);
  });

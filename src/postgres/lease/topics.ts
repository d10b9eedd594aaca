import { sql } from 'slonik';
import { bigintArray, integerArray } from '../binary-arrays.ts';
import { during } from '../failures.ts';
import type { Database } from '../pool.ts';
import type { LeaseScope } from './lease-scope.ts';

/**
 * Puts the leases of a topic aside that was deleted and created again: their holders are fenced, and no position of the new topic
 * meets a decision of the old one, since each partition gets a row of its own when it is taken next. What was decided stays known
 * by command id. Nothing of it will be emitted any more, so none of it is kept for that: `purge` and `forget` may take it. Safe to run
 * again.
 */
export const adoptInput = (pool: Database, { clusterId, topic }: LeaseScope): Promise<void> =>
  during(`adopting the new ${topic}`, async () => {
    await pool.query(sql.unsafe`
      UPDATE partition_lease
      SET retired_at = now(), epoch = epoch + 1, cluster_id = cluster_id || '/' || source_id,
        emitted_through = greatest(emitted_through, next_offset)
      WHERE topic = ${topic} AND cluster_id = ${clusterId} AND retired_at IS NULL`);
  });

/**
 * Goes on with output topics that were deleted and created again. They no longer show what was emitted, so that is recorded here.
 *
 * @param emittedThrough by partition: how far the group has come, as Kafka has it
 */
export const adoptOutputs = (
  pool: Database,
  { clusterId, topic }: LeaseScope,
  outputsId: string,
  emittedThrough: ReadonlyMap<number, number>,
): Promise<void> =>
  during(`adopting the new outputs of ${topic}`, async () => {
    await pool.query(sql.unsafe`
      UPDATE partition_lease l
      SET outputs_id = ${outputsId}, epoch = l.epoch + 1,
        emitted_through = greatest(l.emitted_through, least(l.next_offset, e.through))
      FROM unnest(
        ${integerArray([...emittedThrough.keys()])}::integer[], ${bigintArray([...emittedThrough.values()])}::bigint[]
      ) AS e (partition, through)
      WHERE l.topic = ${topic} AND l.cluster_id = ${clusterId} AND l.retired_at IS NULL AND l.partition = e.partition`);
  });

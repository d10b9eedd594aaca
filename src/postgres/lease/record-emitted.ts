import { sql } from 'slonik';
import type { Lease } from '../../processor/ports/lease.ts';
import type { Database } from '../pool.ts';
import { sameLease, type LeaseScope } from './lease-scope.ts';

/**
 * Releases the lease. Everything below `emittedThrough` was emitted. Does nothing if the lease is no longer held: its new holder knows
 * better.
 */
export const recordEmitted = async (
  pool: Database,
  scope: LeaseScope,
  lease: Lease,
  emittedThrough: number,
): Promise<void> => {
  await pool.query(sql.unsafe`
    UPDATE partition_lease l
    SET emitted_through = greatest(emitted_through, ${emittedThrough}), released_at = now()
    WHERE ${sameLease(scope, lease)}`);
};

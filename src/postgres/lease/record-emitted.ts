import { sql } from 'slonik';
import type { Lease } from '../../processor/ports/lease.ts';
import type { Database } from '../pool.ts';
import { sameLease, type LeaseScope } from './lease-scope.ts';

/** Lets go of the lease, with nothing owed below `emittedThrough`. Nothing happens under a lease that is no longer held: whoever holds it knows better. */
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

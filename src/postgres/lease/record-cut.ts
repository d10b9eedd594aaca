import { sql } from 'slonik';
import type { Lease } from '../../processor/ports/lease.ts';
import type { Database } from '../pool.ts';
import { sameLease, type LeaseScope } from './lease-scope.ts';

/** Records that the log ends before an offset that the store already holds. Does nothing if the lease is no longer held. */
export const recordCut = async (pool: Database, scope: LeaseScope, lease: Lease): Promise<void> => {
  await pool.query(
    sql.unsafe`UPDATE partition_lease l SET cut_short = true WHERE ${sameLease(scope, lease)}`,
  );
};

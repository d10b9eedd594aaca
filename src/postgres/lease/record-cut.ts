import { sql } from 'slonik';
import type { Lease } from '../../processor/ports/lease.ts';
import type { Database } from '../pool.ts';
import { sameLease, type LeaseScope } from './lease-scope.ts';

/** Remembers that the input ends before what is stored. Nothing happens under a lease that is no longer held. */
export const recordCut = async (pool: Database, scope: LeaseScope, lease: Lease): Promise<void> => {
  await pool.query(
    sql.unsafe`UPDATE partition_lease l SET cut_short = true WHERE ${sameLease(scope, lease)}`,
  );
};

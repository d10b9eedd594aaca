import { sql } from 'slonik';
import type { BatchRange } from '../../processor/ports/decision-store.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import type { Transaction } from '../pool.ts';
import { leaseLost } from './lease-lost.ts';
import { standingAt, type LeaseScope } from './lease-scope.ts';

/**
 * The last statement of every batch. It fences Postgres too (R2 of docs/adr/0002-six-rules-for-effectively-once.md): only the holder of the
 * lease may advance the lease, and only without a gap. The statement also fails in a transaction that has failed unnoticed, whose COMMIT
 * Postgres would answer with ROLLBACK.
 */
export const advanceLease = async (
  transaction: Transaction,
  scope: LeaseScope,
  lease: Lease,
  range: BatchRange,
): Promise<void> => {
  const { rowCount } = await transaction.query(sql.unsafe`
    UPDATE partition_lease l
    SET next_offset = greatest(next_offset, ${range.end}),
        emitted_through = greatest(emitted_through, ${range.first}),
        used_at = now()
    WHERE ${standingAt(scope, lease, range)}
    RETURNING epoch`);
  if (rowCount !== 1) throw await leaseLost(transaction, scope, lease);
};

import { sql } from 'slonik';
import type { BatchRange, Lease } from '../../processor/ports.ts';
import type { Transaction } from '../pool.ts';
import { leaseLost } from './lease-lost.ts';
import { sameLease, type LeaseScope } from './lease-scope.ts';

/**
 * R2, the last statement of every batch: only the holder, and only from where the store stands. It is also what notices a
 * transaction that has failed unseen, whose COMMIT would be answered with ROLLBACK.
 */
export const advanceLease = async (
  transaction: Transaction,
  scope: LeaseScope,
  lease: Lease,
  { first, end }: BatchRange,
): Promise<void> => {
  const { rowCount } = await transaction.query(sql.unsafe`
    UPDATE partition_lease l
    SET next_offset = greatest(next_offset, ${end}),
        emitted_through = greatest(emitted_through, ${first}),
        used_at = now()
    WHERE ${sameLease(scope, lease)} AND greatest(coalesce(next_offset, ${first}), given_up_before) >= ${first}
    RETURNING epoch`);
  if (rowCount !== 1) throw await leaseLost(transaction, scope, lease);
};

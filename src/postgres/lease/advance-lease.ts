import { sql, type FragmentSqlToken } from 'slonik';
import type { BatchRange } from '../../processor/ports/decision-store.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import { standingAt, type LeaseScope } from './lease-scope.ts';

/**
 * Ends the last statement of every batch. It fences Postgres too (R2 of docs/adr/0002-six-rules-for-effectively-once.md): only the holder of
 * the lease may advance the lease, and only without a gap. Otherwise no row changes. The statement also fails in a transaction that has
 * failed unnoticed, whose COMMIT Postgres would answer with ROLLBACK.
 */
export const advanceLease = (scope: LeaseScope, lease: Lease, range: BatchRange): FragmentSqlToken =>
  sql.fragment`
    UPDATE partition_lease l
    SET next_offset = greatest(next_offset, ${range.end}),
        emitted_through = greatest(emitted_through, ${range.first}),
        used_at = now()
    WHERE ${standingAt(scope, lease, range)}`;

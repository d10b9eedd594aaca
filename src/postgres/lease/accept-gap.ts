import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';
import { ofPartition, type LeaseScope } from './lease-scope.ts';

/**
 * Records that an operator accepts the loss of a partition's input below the offset `before`. Takes effect when the lease is taken next.
 *
 * @returns the offset below which the loss of all input is accepted now; null if the partition never had a lease
 */
export const acceptGap = (
  pool: Database,
  scope: LeaseScope,
  { partition, before }: { readonly partition: number; readonly before: number },
): Promise<number | null> =>
  withPostgresFailure(
    `accepting that ${scope.topic}/${String(partition)} has lost its records below offset ${String(before)}`,
    () =>
      pool.maybeOneFirst(sql.type(z.object({ given_up_before: z.number() }))`
      UPDATE partition_lease l SET given_up_before = greatest(given_up_before, ${before})
      WHERE ${ofPartition(scope, partition)}
      RETURNING given_up_before`),
  );

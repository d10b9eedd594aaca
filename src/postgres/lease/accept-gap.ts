import { sql } from 'slonik';
import { z } from 'zod';
import { during } from '../failures.ts';
import type { Database } from '../pool.ts';
import { ofPartition, type LeaseScope } from './lease-scope.ts';

/**
 * An operator gives up all input of a partition below `before`; it counts from the next time the lease is taken.
 *
 * @returns what is given up now, in all; null where nobody has ever held the partition
 */
export const acceptGap = (
  pool: Database,
  scope: LeaseScope,
  partition: number,
  before: number,
): Promise<number | null> =>
  during(`giving up ${scope.topic}/${String(partition)} below ${String(before)}`, () =>
    pool.maybeOneFirst(sql.type(z.object({ given_up_before: z.number() }))`
      UPDATE partition_lease l SET given_up_before = greatest(given_up_before, ${before})
      WHERE ${ofPartition(scope, partition)}
      RETURNING given_up_before`),
  );

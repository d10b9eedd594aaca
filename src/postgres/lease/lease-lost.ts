import { sql } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import type { Transaction } from '../pool.ts';
import { ofPartition, type LeaseScope } from './lease-scope.ts';

/** The message names the present lease, so that a log shows which process took it. */
export const leaseLost = async (
  transaction: Transaction,
  scope: LeaseScope,
  lease: Lease,
): Promise<Failure> => {
  const row = await transaction.maybeOne(sql.type(leaseRow)`
    SELECT epoch, holder, generation, next_offset FROM partition_lease l WHERE ${ofPartition(scope, lease.partition)}`);
  const now =
    row === null
      ? 'its row is gone'
      : `it now has epoch ${String(row.epoch)}, holder ${row.holder}, generation ${String(row.generation)} and next offset ${String(row.next_offset)}`;
  return new Failure(
    'fenced',
    'LEASE_LOST',
    `this process lost the lease of ${scope.topic}/${String(lease.partition)} (epoch ${String(lease.epoch)}, holder ${lease.holder}): ${now}`,
  );
};

const leaseRow = z.object({
  epoch: z.number(),
  holder: z.string(),
  generation: z.number(),
  next_offset: z.number().nullable(),
});

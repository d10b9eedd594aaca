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
      ? 'there is none'
      : `it is epoch ${String(row.epoch)} of ${row.holder} in generation ${String(row.generation)}, next offset ${String(row.next_offset)}`;
  return new Failure(
    'fenced',
    'LEASE_LOST',
    `the lease of ${scope.topic}/${String(lease.partition)}, epoch ${String(lease.epoch)} of ${lease.holder}, no longer holds: ${now}`,
  );
};

const leaseRow = z.object({
  epoch: z.number(),
  holder: z.string(),
  generation: z.number(),
  next_offset: z.number().nullable(),
});

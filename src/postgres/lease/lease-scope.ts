import { sql, type FragmentSqlToken } from 'slonik';
import type { BatchRange } from '../../processor/ports/decision-store.ts';
import type { Lease } from '../../processor/ports/lease.ts';

/** What a store's leases have in common. */
export type LeaseScope = { readonly clusterId: string; readonly topic: string };

/** The row of a partition, whoever holds it. For a statement that calls the table `l`. */
export const ofPartition = ({ clusterId, topic }: LeaseScope, partition: number): FragmentSqlToken =>
  sql.fragment`l.cluster_id = ${clusterId} AND l.topic = ${topic} AND l.partition = ${partition}`;

/** Whether the row's log has taken the place of another one (`adopt-topics`), and nothing of it is stored yet. */
export const isNewLog: FragmentSqlToken = sql.fragment`(l.next_offset IS NULL AND EXISTS (
  SELECT FROM partition_lease former
  WHERE former.topic = l.topic AND former.partition = l.partition AND starts_with(former.cluster_id, l.cluster_id || '/')))`;

/** The row of a partition, while this lease is the one that counts. */
export const sameLease = (scope: LeaseScope, { partition, epoch, holder }: Lease): FragmentSqlToken =>
  sql.fragment`${ofPartition(scope, partition)} AND l.epoch = ${epoch} AND l.holder = ${holder}`;

/**
 * The row, while this lease counts and the store stands where a batch begins, or further. Where it knows nothing of the partition,
 * that must be no news to the batch's owner: else the store has lost commits, all that there were (R2).
 */
export const standingAt = (
  scope: LeaseScope,
  lease: Lease,
  { first, storedBefore }: BatchRange,
): FragmentSqlToken => sql.fragment`${sameLease(scope, lease)}
    AND greatest(coalesce(l.next_offset, ${storedBefore === null ? first : null}), l.given_up_before) >= ${first}`;

import { sql, type FragmentSqlToken } from 'slonik';
import type { BatchRange } from '../../processor/ports/decision-store.ts';
import type { Lease } from '../../processor/ports/lease.ts';

/** The part of a lease's key that all partitions of a topic share. */
export type LeaseScope = { readonly clusterId: string; readonly topic: string };

/** Matches the row of a partition, whichever process holds the lease. For statements that call the table `l`. */
export const ofPartition = ({ clusterId, topic }: LeaseScope, partition: number): FragmentSqlToken =>
  sql.fragment`l.cluster_id = ${clusterId} AND l.topic = ${topic} AND l.partition = ${partition}`;

/** True if the row's log replaced another log (`adopt-topics`), and nothing of the new log is stored yet. */
export const isNewLog: FragmentSqlToken = sql.fragment`(l.next_offset IS NULL AND EXISTS (
  SELECT FROM partition_lease former
  WHERE former.topic = l.topic AND former.partition = l.partition AND starts_with(former.cluster_id, l.cluster_id || '/')))`;

/** Matches the row of a partition if this lease is still the valid one. */
export const sameLease = (scope: LeaseScope, { partition, epoch, holder }: Lease): FragmentSqlToken =>
  sql.fragment`${ofPartition(scope, partition)} AND l.epoch = ${epoch} AND l.holder = ${holder}`;

/**
 * Matches the row if this lease is still valid and the store holds everything before the batch (fence Postgres, R2 of
 * docs/adr/0002-six-rules-for-effectively-once.md). If the store holds nothing of the partition, the row matches only if nothing was stored
 * before either: otherwise the store has lost all commits of the partition.
 */
export const standingAt = (
  scope: LeaseScope,
  lease: Lease,
  { first, storedBefore }: BatchRange,
): FragmentSqlToken => sql.fragment`${sameLease(scope, lease)}
    AND greatest(coalesce(l.next_offset, ${storedBefore === null ? first : null}), l.given_up_before) >= ${first}`;

import { sql } from 'slonik';
import { byUserId, compareTexts } from '../../domain/policies.ts';
import { sortFew } from '../../domain/sort-few.ts';
import type { BatchRange, BatchWrites } from '../../processor/ports/decision-store.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import type { EventType } from '../../wire/event-types.ts';
import { advanceLease } from '../lease/advance-lease.ts';
import { leaseLost } from '../lease/lease-lost.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Transaction } from '../pool.ts';
import type { BatchRows } from './batch-state.ts';
import { insertDecisions } from './write-decisions.ts';
import { insertDuplicates } from './write-duplicates.ts';
import { insertEvents } from './write-events.ts';
import { updateLedgers } from './write-ledgers.ts';
import { insertMembers, updateMembers, type ChangedMember } from './write-members.ts';

/**
 * Writes everything in one statement, which also advances the lease. If the lease is lost, the statement advances none, and the failure that
 * is thrown here rolls the writes back.
 *
 * Each part is in the order of its keys, so that neighbours in an index are written one after the other.
 */
export const writeBatch = async (
  transaction: Transaction,
  scope: LeaseScope,
  lease: Lease,
  range: BatchRange,
  { sourceId, members }: BatchRows,
  writes: BatchWrites,
  fingerprint: (type: EventType) => Buffer,
): Promise<void> => {
  const decisions = writes.decisions.toSorted(
    (a, b) => compareTexts(a.channelId, b.channelId) || compareTexts(a.commandId, b.commandId),
  );
  const ledgers = writes.ledgers.toSorted((a, b) => compareTexts(a.channelId, b.channelId));
  const known: ChangedMember[] = [];
  const added: ChangedMember[] = [];
  for (const { channelId, members: changed } of ledgers) {
    const before = members.get(channelId);
    for (const member of sortFew([...changed], byUserId))
      (before?.has(member.userId) === true ? known : added).push({ channelId, member });
  }
  const { rowCount } = await transaction.query(sql.unsafe`
    WITH decisions AS (${insertDecisions(sourceId, decisions, fingerprint)}),
      events AS (${insertEvents(decisions)}),
      duplicates AS (${insertDuplicates(sourceId, writes.duplicates)}),
      known_members AS (${updateMembers(known)}),
      new_members AS (${insertMembers(added)}),
      ledgers AS (${updateLedgers(ledgers)})
    ${advanceLease(scope, lease, range)}`);
  if (rowCount !== 1) throw await leaseLost(transaction, scope, lease);
};

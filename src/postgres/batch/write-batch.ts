import { sql } from 'slonik';
import { byUserId, compareTexts } from '../../domain/policies.ts';
import { sortFew } from '../../domain/sort-few.ts';
import type { BatchWrites } from '../../processor/ports/decision-store.ts';
import type { EventType } from '../../wire/event-types.ts';
import { advanceLease } from '../lease/advance-lease.ts';
import { leaseLost } from '../lease/lease-lost.ts';
import type { Transaction } from '../pool.ts';
import type { BatchRows } from './batch-state.ts';
import type { OwnedBatch } from './read-batch.ts';
import { insertDecisions } from './write-decisions.ts';
import { insertDuplicates } from './write-duplicates.ts';
import { insertEvents } from './write-events.ts';
import { updateLedgers } from './write-ledgers.ts';
import { insertMembers, updateMembers, type ChangedMember } from './write-members.ts';

export type BatchToWrite = OwnedBatch & {
  /** What was read for the batch. */
  readonly rows: Pick<BatchRows, 'sourceId' | 'members'>;
  readonly writes: BatchWrites;
  readonly fingerprint: (type: EventType) => Buffer;
};

/**
 * Writes everything in one statement, which also advances the lease. If the lease is lost, the statement advances none, and the failure that
 * is thrown here rolls the writes back.
 *
 * Each part is in the order of its keys, so that neighbours in an index are written one after the other.
 */
export const writeBatch = async (
  transaction: Transaction,
  { scope, lease, range, rows: { sourceId, members }, writes, fingerprint }: BatchToWrite,
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

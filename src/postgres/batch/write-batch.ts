import { byUserId, compareTexts } from '../../domain/policies.ts';
import { sortFew } from '../../domain/sort-few.ts';
import type { BatchWrites } from '../../processor/ports/decision-store.ts';
import type { EventType } from '../../wire/event-types.ts';
import type { Transaction } from '../pool.ts';
import type { BatchRows } from './batch-state.ts';
import { writeDecisions } from './write-decisions.ts';
import { writeDuplicates } from './write-duplicates.ts';
import { writeEvents } from './write-events.ts';
import { writeLedgers } from './write-ledgers.ts';
import { insertMembers, updateMembers, type ChangedMember } from './write-members.ts';

/** Writes everything in the order of its keys, so that neighbours in an index are written one after the other. */
export const writeBatch = async (
  transaction: Transaction,
  { stored, members }: BatchRows,
  { decisions, duplicates, ledgers }: BatchWrites,
  fingerprint: (type: EventType) => Buffer,
): Promise<void> => {
  if (decisions.length > 0) {
    const sorted = decisions.toSorted(
      (a, b) => compareTexts(a.channelId, b.channelId) || compareTexts(a.commandId, b.commandId),
    );
    await writeDecisions(transaction, stored.sourceId, sorted, fingerprint);
    await writeEvents(transaction, sorted);
  }
  if (duplicates.length > 0) await writeDuplicates(transaction, stored.sourceId, duplicates);
  if (ledgers.length === 0) return;

  const sorted = ledgers.toSorted((a, b) => compareTexts(a.channelId, b.channelId));
  const known: ChangedMember[] = [];
  const added: ChangedMember[] = [];
  for (const { channelId, members: changed } of sorted) {
    const before = members.get(channelId);
    for (const member of sortFew([...changed], byUserId))
      (before?.has(member.userId) === true ? known : added).push({ channelId, member });
  }
  if (known.length > 0) await updateMembers(transaction, known);
  if (added.length > 0) await insertMembers(transaction, added);
  await writeLedgers(transaction, sorted);
};

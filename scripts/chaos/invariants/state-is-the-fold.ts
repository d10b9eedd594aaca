import type { Member } from '../../../src/domain/ledger.ts';
import { bodyOf, fingerprint, placeOf, sourceOf } from '../evidence/events.ts';
import type { OutputRecord, StoredLedger, FoldedOutcome } from '../evidence/evidence.ts';
import type { RecountedLedger } from '../evidence/recount.ts';
import type { Invariant } from './invariant.ts';

/** The ledgers in Postgres and the events equal the result of the pure fold over the input. */
export const stateIsTheFold: Invariant = {
  id: 'I4',
  title: 'state = fold',
  violations: ({ fold, ledgers, outputs }) => {
    const channels = new Set([...fold.ledgers.keys(), ...ledgers.keys()]);
    const states = [...channels].flatMap((channel) => {
      const [stored, folded] = [storedState(ledgers.get(channel)), foldedState(fold.ledgers.get(channel))];
      return stored === folded ? [] : [`the ledger of ${channel} is ${stored}; the fold gives ${folded}`];
    });
    const events = outputs.flatMap((record) => {
      const wanted = fingerprintIn(fold.outcomes.get(sourceOf(record) ?? ''), record);
      return wanted === undefined || wanted === fingerprint(bodyOf(record))
        ? []
        : [`${placeOf(record)}, of input ${String(sourceOf(record))}, is not the event that the fold gives`];
    });
    return [...states, ...events];
  },
};

const storedState = (ledger: StoredLedger | undefined): string => {
  // A ledger's row exists before its first decision.
  if (ledger === undefined || ledger.revision === 0) return 'empty';
  const { sequence, revision, previousRunner, ring, members } = ledger;
  return inWords([sequence, revision, previousRunner, ring], [...members.values()]);
};

const foldedState = (ledger: RecountedLedger | undefined): string => {
  if (ledger === undefined || ledger.revision === 0) return 'empty';
  const { head, revision, members } = ledger;
  return inWords([head.sequence, revision, head.previousRunner, head.ring], [...members.values()]);
};

const inWords = (
  head: readonly [number, number, string | null, readonly string[]],
  members: readonly Member[],
): string => {
  const rows = members.map((member) => [
    member.userId,
    member.balance,
    member.served,
    member.attended,
    member.lastServedSequence,
    member.lastSeenSequence,
  ]);
  rows.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return JSON.stringify([...head, rows]);
};

const fingerprintIn = (outcome: FoldedOutcome | undefined, { role }: OutputRecord): string | undefined => {
  switch (outcome?.kind) {
    case 'closed':
      return role === 'closed' || role === 'summary' ? outcome[role] : undefined;
    case 'rejected':
      return role === 'rejected' ? outcome.rejected : undefined;
    case 'dead letter':
    case 'duplicate':
    case undefined:
      return undefined;
  }
};

import { evolve, type ClosedRun, type LedgerHead, type Member } from '../../domain/ledger.ts';

/** A ledger that is folded in place. */
export type PlainLedger = { head: LedgerHead; readonly members: Map<string, Member> };

/** Folds the channel's next run. Ignores the sequence of its event, because the history may start in the middle. */
export const applyInPlace = (ledger: PlainLedger, run: ClosedRun): void => {
  const change = evolve(ledger, { ...run, sequence: ledger.head.sequence + 1 });
  if (change === null) return;
  ledger.head = change.head;
  for (const member of change.members) ledger.members.set(member.userId, member);
};

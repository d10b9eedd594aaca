import type { PolicyName } from '../../src/domain/channel-policy.ts';
import { UNIT } from '../../src/domain/ledger.ts';
import type { RankingEntry, RunClosed } from '../../src/domain/records.ts';
import { referenceLot } from './reference-lot.ts';

/** The facts that a reader of `run.closed` has. */
export type EventFacts = Pick<RunClosed, 'sequence' | 'runId' | 'fairness'>;

type Key = readonly (number | bigint | string)[];

/** The number that a policy compares first, by its definition. */
export const referenceNumber = (
  policy: string,
  { balance, servedInWindow, lastServedSequence }: RankingEntry,
): number => {
  switch (policy as PolicyName) {
    case 'least-recent':
      return lastServedSequence ?? 0;
    case 'window-count':
      return servedInWindow;
    case 'fair-share':
    case 'fair-share-weighted':
      return balance;
  }
};

/** A policy's key of one participant, by its definition and from the event alone. */
export const referenceKey = ({ sequence, runId, fairness }: EventFacts, entry: RankingEntry): Key => {
  const { userId } = entry;
  const first = referenceNumber(fairness.policy, entry);
  const lastServed = entry.lastServedSequence ?? 0;
  const inWindow = lastServed >= sequence - fairness.windowRuns ? lastServed : 0;
  switch (fairness.policy as PolicyName) {
    case 'least-recent':
      return [first, referenceLot(runId, userId), userId];
    case 'window-count':
      return [first, inWindow, userId];
    case 'fair-share':
    case 'fair-share-weighted':
      return [first, lastServed, referenceLot(runId, userId), userId];
  }
};

export const isLower = (a: Key, b: Key): boolean => {
  for (const [index, part] of a.entries()) {
    const other = b[index];
    if (other === undefined || part === other) continue;
    return part < other;
  }
  return false;
};

/** The person who goes, by the definition of the rules and from the event alone. */
export const referencePick = (event: EventFacts): { runner: string; held: string | null } => {
  const { ranking, repeat, repeatAllowed } = event.fairness;
  const lowest = (entries: readonly RankingEntry[]): RankingEntry | undefined =>
    entries.reduce<RankingEntry | undefined>(
      (best, entry) =>
        best === undefined || isLower(referenceKey(event, entry), referenceKey(event, best)) ? entry : best,
      undefined,
    );
  const able = ranking.filter(({ exclusion }) => exclusion !== 'CANNOT_RUN');
  const previous = able.find(({ lastServedSequence }) => lastServedSequence === event.sequence - 1);
  const next = lowest(able.filter((entry) => entry !== previous));
  const isHeld =
    previous !== undefined &&
    next !== undefined &&
    !repeatAllowed &&
    (repeat === 'strict' || next.balance - previous.balance < UNIT);
  const runner = isHeld ? next : lowest(able);
  if (runner === undefined) throw new Error('nobody could run');
  return { runner: runner.userId, held: isHeld ? previous.userId : null };
};

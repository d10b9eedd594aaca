import type { PolicyName } from '../channel-policy.ts';
import { UNIT } from '../ledger.ts';
import type { RankingEntry } from '../records.ts';
import { ago, shortAgo } from './ago.ts';
import { REMAINDER, type Figures } from './figures.ts';

/** The words of a policy for the number that it compares first. No text ends with a full stop. */
export type PolicyWords = {
  /** Why the runner is first of two in line. */
  readonly ofTwo: (runner: RankingEntry, second: RankingEntry, secondName: string) => string;
  /** Why the runner is first of three or more in line. */
  readonly ofMany: (runner: RankingEntry, inLine: number) => string;
  /** A person's number, for brackets after the name: "0.66 runs behind". */
  readonly standing: (entry: RankingEntry) => string;
  /**
   * The number that several people share: "are both 0.40 runs behind". Must speak of the policy's first comparison, because the tied people
   * need not share any other number.
   */
  readonly level: (entry: RankingEntry, bothOrAll: string) => string;
};

/**
 * @param sequence of this run
 * @param runsInWindow how many closed runs the policy's window holds so far
 */
export const wordsOf = (
  policy: PolicyName,
  sequence: number,
  runsInWindow: number,
  figures: Figures,
): PolicyWords => {
  switch (policy) {
    case 'fair-share':
    case 'fair-share-weighted':
      return balanceWords(figures);
    case 'least-recent':
      // Keeps the `level` of the balance, which is never used: `tieSentence` has its own words for ties of least-recent.
      return { ...balanceWords(figures), ...lastServedWords(sequence) };
    case 'window-count':
      return windowWords(runsInWindow);
  }
};

/** True if the person has never taken part in a run of the channel: every run charges each participant. */
export const isNew = ({ served, balance }: RankingEntry): boolean => served === 0 && balance === 0;

const balanceWords = ({ runs, standing, shortStanding }: Figures): PolicyWords => {
  const record = (entry: RankingEntry): string => {
    if (isNew(entry)) return 'ordering here for the first time';
    const { served, balance } = entry;
    return `${standing(balance)} (made ${String(served)}, fair share ${runs(served * UNIT - balance)})`;
  };
  return {
    ofTwo: (runner, second, secondName) => {
      const secondStands = shortStanding(second.balance);
      const alike = second.balance !== runner.balance && secondStands === shortStanding(runner.balance);
      return `${record(runner)}; ${secondName} is ${secondStands}${alike ? `, better off ${REMAINDER}` : ''}`;
    },
    ofMany: (runner, inLine) => {
      const { balance } = runner;
      if (balance < 0) return `${record(runner)}, the furthest of the ${String(inLine)} in line`;
      return `${record(runner)}; everyone else in line is ${balance === 0 ? 'ahead' : 'further ahead'}`;
    },
    standing: ({ balance }) => standing(balance),
    level: ({ balance }, bothOrAll) => `are ${bothOrAll} ${standing(balance)}`,
  };
};

const lastServedWords = (sequence: number): Pick<PolicyWords, 'ofTwo' | 'ofMany'> => ({
  ofTwo: (runner, second, secondName) =>
    runner.lastServedSequence === null
      ? `has never gone; ${secondName} went ${ago(sequence, second)}`
      : `last went ${ago(sequence, runner)}; ${secondName} ${shortAgo(sequence, second)}`,
  ofMany: (runner, inLine) =>
    runner.lastServedSequence === null
      ? 'the only one in line who has never gone'
      : `last went ${ago(sequence, runner)}, the longest of the ${String(inLine)} in line`,
});

const windowWords = (runs: number): PolicyWords => {
  const some = ({ servedInWindow }: RankingEntry): string =>
    servedInWindow === 0 ? 'none' : String(servedInWindow);
  const services = (entry: RankingEntry): string =>
    runs === 1 ? 'the last run' : `${some(entry)} of the last ${String(runs)} runs`;
  const made = (entry: RankingEntry): string =>
    runs === 1 && entry.servedInWindow === 0 ? 'did not make the last run' : `made ${services(entry)}`;
  return {
    ofTwo: (runner, second, secondName) =>
      runs === 1 ? `${secondName} ${made(second)}` : `${made(runner)}; ${secondName} made ${some(second)}`,
    ofMany: (runner, inLine) => `${made(runner)}, the fewest of the ${String(inLine)} in line`,
    standing: services,
    level: (entry, bothOrAll) => (entry.servedInWindow === 0 ? made(entry) : `${bothOrAll} ${made(entry)}`),
  };
};

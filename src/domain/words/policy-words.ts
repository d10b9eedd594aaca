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
  /** What people share who tie in the first comparison only: "are both 0.40 runs behind". They need not share any other number. */
  readonly level: (entry: RankingEntry, bothOrAll: string) => string;
  /** What people share who tie in every comparison: "are both 0.40 runs behind and have never gone". */
  readonly tied: (entry: RankingEntry, bothOrAll: string) => string;
};

/** A sentence that says who goes next, for the reader of a table of balances. */
export const WHO_IS_DUE: Readonly<Record<PolicyName, string>> = {
  'fair-share': 'The lowest balance is most due.',
  'fair-share-weighted': 'The lowest balance is most due.',
  'least-recent': 'The channel uses least-recent: who went longest ago is most due, whatever the balance.',
  'window-count':
    'The channel uses window-count: who made the fewest of the last runs is most due, whatever the balance.',
};

/** The facts of a run that the words use. */
export type RunFigures = {
  readonly sequence: number;
  /** How many closed runs the policy's window holds so far. */
  readonly runsInWindow: number;
  readonly figures: Figures;
};

/** True if the person has never taken part in a run of the channel: every run charges each participant. */
const isNew = ({ served, balance }: RankingEntry): boolean => served === 0 && balance === 0;

const balanceWords = ({ figures: { runs, standing, shortStanding } }: RunFigures): PolicyWords => {
  const record = (entry: RankingEntry): string => {
    if (isNew(entry)) return 'ordering here for the first time';
    const { served, balance } = entry;
    return `${standing(balance)} (made ${String(served)}, fair share ${runs(served * UNIT - balance)})`;
  };
  const level: PolicyWords['level'] = ({ balance }, bothOrAll) => `are ${bothOrAll} ${standing(balance)}`;
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
    level,
    tied: (entry, bothOrAll) =>
      isNew(entry)
        ? `are ${bothOrAll} ordering here for the first time`
        : `${level(entry, bothOrAll)} and have never gone`,
  };
};

const lastServedWords = ({ sequence }: RunFigures): PolicyWords => ({
  ofTwo: (runner, second, secondName) =>
    runner.lastServedSequence === null
      ? `has never gone; ${secondName} went ${ago(sequence, second)}`
      : `last went ${ago(sequence, runner)}; ${secondName} ${shortAgo(sequence, second)}`,
  ofMany: (runner, inLine) =>
    runner.lastServedSequence === null
      ? 'the only one in line who has never gone'
      : `last went ${ago(sequence, runner)}, the longest of the ${String(inLine)} in line`,
  standing: (entry) => `last went ${ago(sequence, entry)}`,
  // Two people never went in the same run, so they tie only if neither has ever gone.
  level: () => 'have never gone',
  tied: () => 'have never gone',
});

const windowWords = ({ runsInWindow: runs }: RunFigures): PolicyWords => {
  const some = ({ servedInWindow }: RankingEntry): string =>
    servedInWindow === 0 ? 'none' : String(servedInWindow);
  const services = (entry: RankingEntry): string =>
    runs === 1 ? 'the last run' : `${some(entry)} of the last ${String(runs)} runs`;
  const made = (entry: RankingEntry): string =>
    runs === 1 && entry.servedInWindow === 0 ? 'did not make the last run' : `made ${services(entry)}`;
  const level: PolicyWords['level'] = (entry, bothOrAll) =>
    entry.servedInWindow === 0 ? made(entry) : `${bothOrAll} ${made(entry)}`;
  return {
    ofTwo: (runner, second, secondName) =>
      runs === 1 ? `${secondName} ${made(second)}` : `${made(runner)}; ${secondName} made ${some(second)}`,
    ofMany: (runner, inLine) => `${made(runner)}, the fewest of the ${String(inLine)} in line`,
    standing: services,
    level,
    tied: level,
  };
};

export const POLICY_WORDS: Readonly<Record<PolicyName, (run: RunFigures) => PolicyWords>> = {
  'fair-share': balanceWords,
  'fair-share-weighted': balanceWords,
  'least-recent': lastServedWords,
  'window-count': windowWords,
};

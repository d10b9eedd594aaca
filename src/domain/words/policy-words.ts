import type { PolicyName } from '../channel-policy.ts';
import { UNIT } from '../ledger.ts';
import type { RankingEntry } from '../records.ts';
import type { Figures } from './figures.ts';

/** How a policy speaks of what it looks at first. */
export type PolicyWords = {
  /** The runner's sentence, up to its full stop. */
  readonly record: (name: string, runner: RankingEntry) => string;
  /** How it goes on where the runner is alone in front of others who could go. */
  readonly lead: (runner: RankingEntry, couldGo: number) => string;
  /** Where somebody stands, for brackets behind the name: "1.30 behind". */
  readonly standing: (entry: RankingEntry) => string;
  /** Where several stand together: "are both 1.30 behind". */
  readonly level: (entry: RankingEntry, bothOrAll: string) => string;
};

/** @param runs how many closed runs the policy's window holds by now */
export const wordsOf = (policy: PolicyName, runs: number, figures: Figures): PolicyWords => {
  switch (policy) {
    case 'fair-share':
    case 'fair-share-weighted':
      return balanceWords(figures);
    case 'least-recent':
      return { ...balanceWords(figures), ...LAST_SERVED_WORDS };
    case 'window-count':
      return windowWords(runs);
  }
};

const balanceWords = ({ runs, standing }: Figures): PolicyWords => ({
  record: (name, { served, balance }) =>
    `${name} has made ${String(served)} and drunk ${runs(served * UNIT - balance)} runs' worth: ${standing(balance)}`,
  lead: (_runner, couldGo) => `, the most due of the ${String(couldGo)} who could go`,
  standing: ({ balance }) => standing(balance),
  level: ({ balance }, bothOrAll) => `are ${bothOrAll} ${standing(balance)}`,
});

const LAST_SERVED_WORDS: Pick<PolicyWords, 'record' | 'lead'> = {
  record: (name, { lastServedSequence }) =>
    lastServedSequence === null
      ? `${name} has not gone yet`
      : `${name} last went in run ${String(lastServedSequence)}`,
  lead: ({ lastServedSequence }, couldGo) =>
    lastServedSequence === null
      ? '; the others who could go have'
      : `, longest ago of the ${String(couldGo)} who could go`,
};

const windowWords = (runs: number): PolicyWords => {
  const services = ({ servedInWindow }: RankingEntry) =>
    `${String(servedInWindow)} of the last ${String(runs)} runs`;
  return {
    record: (name, runner) => {
      if (runs === 0) return 'No run has been closed here yet';
      if (runs > 1) return `${name} served ${services(runner)}`;
      return runner.servedInWindow === 0
        ? `${name} did not serve the last run`
        : `${name} served the last run`;
    },
    lead: (_runner, couldGo) => `, fewest of the ${String(couldGo)} who could go`,
    standing: services,
    level: (entry, bothOrAll) => `${bothOrAll} served ${services(entry)}`,
  };
};

import type { PolicyName } from '../channel-policy.ts';
import type { Reason } from '../reason.ts';
import type { RankingEntry } from '../records.ts';
import { createFigures, type Figures } from './figures.ts';
import { createNames } from './names.ts';
import { type PolicyWords, wordsOf } from './policy-words.ts';

/** What an explanation is made from: nothing but what `run.closed` records. */
export type Facts = {
  readonly sequence: number;
  readonly policy: PolicyName;
  readonly windowRuns: number;
  readonly reason: Reason;
  /** The runner first. */
  readonly ranking: readonly [RankingEntry, ...RankingEntry[]];
};

/** How the sentences of one explanation call people, print numbers and speak of their policy. */
export type Voice = {
  readonly nameOf: (entry: RankingEntry) => string;
  readonly figures: Figures;
  readonly words: PolicyWords;
  /** How many closed runs the window holds by now. */
  readonly runsInWindow: number;
};

/** @param held the previous runner, where held */
export const createVoice = (facts: Facts, held: RankingEntry | undefined): Voice => {
  const figures = createFigures(balancesNamed(facts, held));
  const runsInWindow = Math.min(facts.windowRuns, facts.sequence - 1);
  return {
    nameOf: createNames(facts.ranking),
    figures,
    words: wordsOf(facts.policy, runsInWindow, figures),
    runsInWindow,
  };
};

const balancesNamed = (
  { policy, reason, ranking: [runner] }: Facts,
  held: RankingEntry | undefined,
): readonly number[] => {
  switch (policy) {
    case 'fair-share':
    case 'fair-share-weighted':
      return held !== undefined && reason === 'PREVIOUS_EXCLUDED'
        ? [runner.balance, held.balance]
        : [runner.balance];
    case 'least-recent':
    case 'window-count':
      return [];
  }
};

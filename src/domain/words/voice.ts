import type { PolicyName } from '../channel-policy.ts';
import { comparesBalances, POLICIES } from '../policies.ts';
import type { Reason } from '../reason.ts';
import type { RankingEntry } from '../records.ts';
import { createFigures, type Figures } from './figures.ts';
import { createNames } from './names.ts';
import { POLICY_WORDS, type PolicyWords } from './policy-words.ts';

/** Everything that an explanation is made from. `run.closed` records these facts, so anybody can derive the text again. */
export type Facts = {
  readonly sequence: number;
  readonly policy: PolicyName;
  readonly windowRuns: number;
  readonly reason: Reason;
  /** The runner first. */
  readonly ranking: readonly [RankingEntry, ...RankingEntry[]];
};

/** How the sentences of one explanation call people, print numbers and speak of the policy. */
export type Voice = {
  readonly nameOf: (entry: RankingEntry) => string;
  readonly figures: Figures;
  readonly words: PolicyWords;
};

/** The voice of one explanation. All its numbers have the same number of decimals. */
export const createVoice = (facts: Facts): Voice => {
  const figures = createFigures(balancesNamed(facts));
  const runsInWindow = Math.min(facts.windowRuns, facts.sequence - 1);
  return {
    nameOf: createNames(facts.ranking),
    figures,
    words: POLICY_WORDS[facts.policy]({ sequence: facts.sequence, runsInWindow, figures }),
  };
};

/** With two in line, the text compares both balances; with more, it prints only the runner's. */
const balancesNamed = ({ policy, reason, ranking }: Facts): readonly number[] => {
  if (!comparesBalances(POLICIES[policy])) return [];
  const [runner] = ranking;
  const inLine = ranking.filter(({ rank }) => rank !== null);
  const held = reason === 'PREVIOUS_EXCLUDED' ? ranking.filter(isHeld) : [];
  return [...(inLine.length === 2 ? inLine : [runner]), ...held].map(({ balance }) => balance);
};

/** A previous runner whom the repeat rule keeps out of this run. */
export const isHeld = ({ exclusion }: RankingEntry): boolean => exclusion === 'PREVIOUS_RUNNER';

/** The policies: in which order people go, what breaks a tie, and how a run is shared. */
import { POLICY_NAMES, type PolicyName } from './channel-policy.ts';
import { compareLots, createLots } from './lot.ts';
import type { RankingEntry } from './records.ts';

/** The numbers of a person that a policy compares, as they were before the run. */
export type Standing = Pick<RankingEntry, 'userId' | 'balance' | 'servedInWindow' | 'lastServedSequence'>;

/** Negative if `a` goes before `b`. */
export type Comparison = (a: Standing, b: Standing) => number;

export type Policy = {
  /** The comparisons in turn; the lowest person goes. The later ones break ties of the first one by who went longest ago. */
  readonly key: readonly [Comparison, ...Comparison[]];
  /** Decides between two people with equal keys. */
  readonly tieBreak: 'lot' | 'user-id';
  /** True if the channel's setting `windowRuns` changes who goes. */
  readonly usesWindow: boolean;
  /** A participant's part in the run: the charge is this part divided by the sum over all participants. */
  readonly weightOf: (order: { readonly quantity: number }) => number;
};

/** Furthest behind the fair share first. */
const byBalance: Comparison = (a, b) => a.balance - b.balance;

/** People who have never gone come first, then the person who went longest ago. */
const byLastServed: Comparison = (a, b) => (a.lastServedSequence ?? 0) - (b.lastServedSequence ?? 0);

const byServedInWindow: Comparison = (a, b) => a.servedInWindow - b.servedInWindow;

/** As `byLastServed`, but runs before the window do not count. */
const byLastServedInWindow: Comparison = (a, b) =>
  (a.servedInWindow === 0 ? 0 : (a.lastServedSequence ?? 0)) -
  (b.servedInWindow === 0 ? 0 : (b.lastServedSequence ?? 0));

/** The carpool rule of Fagin and Williams: each of k participants owes 1/k of the run, and the furthest behind goes. */
const fairShare: Policy = {
  key: [byBalance, byLastServed],
  tieBreak: 'lot',
  usesWindow: false,
  weightOf: () => 1,
};

/** As fair-share, but each participant owes the run in proportion to the drinks they ordered. */
const fairShareWeighted: Policy = { ...fairShare, weightOf: ({ quantity }) => quantity };

/** The person who went longest ago goes. Equal charges are kept, so that the channel may switch policies at any run. */
const leastRecent: Policy = {
  key: [byLastServed],
  tieBreak: 'lot',
  usesWindow: false,
  weightOf: () => 1,
};

/** The person who served least in the channel's last runs goes. Equal charges are kept, so that the channel may switch policies at any run. */
const windowCount: Policy = {
  key: [byServedInWindow, byLastServedInWindow],
  tieBreak: 'user-id',
  usesWindow: true,
  weightOf: () => 1,
};

export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  'fair-share': fairShare,
  'fair-share-weighted': fairShareWeighted,
  'least-recent': leastRecent,
  'window-count': windowCount,
};

/** The names of the policies for which the setting `windowRuns` matters. */
export const WINDOW_POLICIES: readonly PolicyName[] = POLICY_NAMES.filter(
  (name) => POLICIES[name].usesWindow,
);

/** True if the policy compares balances first. Texts about its picks name balances. */
export const comparesBalances = ({ key }: Policy): boolean => key[0] === byBalance;

/** Returns the order in which a policy ranks people for a run. No two people are equal. */
export const keyOrder = (policy: Policy, runId: string): Comparison => {
  const breakTie = policy.tieBreak === 'lot' ? byLot(runId) : byUserId;
  return (a, b) => {
    for (const compare of policy.key) {
      const difference = compare(a, b);
      if (difference !== 0) return difference;
    }
    return breakTie(a, b);
  };
};

const byLot = (runId: string): Comparison => {
  const draw = createLots(runId);
  return (a, b) => compareLots(draw(a.userId), draw(b.userId)) || byUserId(a, b);
};

export const byUserId = (a: { readonly userId: string }, b: { readonly userId: string }): number =>
  compareTexts(a.userId, b.userId);

/** By UTF-16 code units, never by locale. */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

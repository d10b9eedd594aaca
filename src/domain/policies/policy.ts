import type { RankingEntry } from '../records.ts';

/** What a policy looks at of a person: how the ledger stood before the run. */
export type Standing = Pick<RankingEntry, 'userId' | 'balance' | 'servedInWindow' | 'lastServedSequence'>;

/** Negative where `a` goes before `b`. */
export type Comparison = (a: Standing, b: Standing) => number;

export type Policy = {
  /** The lowest goes. What stands behind the first comparison breaks its ties by who went longest ago. */
  readonly key: readonly [Comparison, ...Comparison[]];
  /** What tells two people apart whose keys are equal. */
  readonly tieBreak: 'lot' | 'user-id';
  /** A participant's part in the run: the charge is this by the sum over all participants. */
  readonly weightOf: (order: { readonly quantity: number }) => number;
};

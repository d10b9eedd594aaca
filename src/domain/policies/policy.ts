import type { RankingEntry } from '../records.ts';

/** The numbers of a person that a policy compares, as they were before the run. */
export type Standing = Pick<RankingEntry, 'userId' | 'balance' | 'servedInWindow' | 'lastServedSequence'>;

/** Negative if `a` goes before `b`. */
export type Comparison = (a: Standing, b: Standing) => number;

export type Policy = {
  /** The person with the lowest key goes. The comparisons after the first one break its ties by who went longest ago. */
  readonly key: readonly [Comparison, ...Comparison[]];
  /** Tells two people apart whose keys are equal. */
  readonly tieBreak: 'lot' | 'user-id';
  /** A participant's part in the run. The charge is this part divided by the sum of all parts. */
  readonly weightOf: (order: { readonly quantity: number }) => number;
};

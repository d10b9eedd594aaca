import { explain } from '../../src/domain/explanation.ts';
import { UNIT } from '../../src/domain/ledger.ts';
import type { RankingEntry } from '../../src/domain/records.ts';
import type { Facts } from '../../src/domain/words/voice.ts';

/** A person's entry in a ranking. */
export const entry = (name: string, facts: Partial<RankingEntry> = {}): RankingEntry => ({
  rank: null,
  userId: `id-of-${name}`,
  displayName: name,
  quantity: 1,
  served: 0,
  servedInWindow: 0,
  balance: 0,
  charge: 0,
  lastServedSequence: null,
  exclusion: 'NONE',
  ...facts,
});

/** This number of runs, in units. */
export const runs = (count: number) => Math.round(count * UNIT);

/** Explains a run after twenty closed runs. Eligible people are ranked in the given order; the others keep their exclusion. */
export const explained = (
  facts: Partial<Omit<Facts, 'ranking'>> & Pick<Facts, 'reason'>,
  first: RankingEntry,
  ...others: RankingEntry[]
): string => {
  const ranked = (each: RankingEntry, index: number) =>
    each.exclusion === 'NONE' ? { ...each, rank: index + 1 } : each;
  return explain({
    sequence: 21,
    policy: 'fair-share',
    windowRuns: 5,
    ...facts,
    ranking: [ranked(first, 0), ...others.map((each, index) => ranked(each, index + 1))],
  });
};

/** The previous runner, who sits this run out. */
export const held = (name: string, facts: Partial<RankingEntry> = {}) =>
  entry(name, { lastServedSequence: 20, exclusion: 'PREVIOUS_RUNNER', ...facts });

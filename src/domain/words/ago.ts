import type { RankingEntry } from '../records.ts';

/** How long ago somebody last went: "9 runs ago", "last time", "never". */
export const ago = (sequence: number, { lastServedSequence }: LastServed): string => {
  if (lastServedSequence === null) return 'never';
  const runs = sequence - lastServedSequence;
  return runs === 1 ? 'last time' : `${String(runs)} runs ago`;
};

/** As `ago`, for a sentence that already says "runs ago": "6", "last time". */
export const shortAgo = (sequence: number, entry: LastServed): string =>
  ago(sequence, entry).replace(/ runs ago$/, '');

type LastServed = Pick<RankingEntry, 'lastServedSequence'>;

import type { Fairness, RankingEntry } from '../../domain/records.ts';
import { ago } from '../../domain/words/ago.ts';
import { createNames } from '../../domain/words/names.ts';
import type { Colors } from '../frame/output.ts';
import { SHARE_COLUMNS, windowColumn } from './runs.ts';
import { type Column, table } from './table.ts';

export type RankedRun = {
  readonly sequence: number;
  readonly fairness: Pick<Fairness, 'policy' | 'windowRuns' | 'ranking'>;
};

/** A table of a run's ranking, with the numbers from before the run: the columns of every policy, and the column of this policy. */
export const rankingTable = ({ sequence, fairness }: RankedRun, colors: Colors): string => {
  const { ranking } = fairness;
  const nameOf = createNames(ranking);
  return table<RankingEntry>(
    [
      { title: 'rank', align: 'right', cell: ({ rank }) => rank ?? '-' },
      { title: 'who', cell: nameOf },
      ...ownColumns(sequence, fairness),
      ...SHARE_COLUMNS,
      { title: 'last went', cell: (it) => ago(sequence, it) },
      { title: 'why not', cell: ({ exclusion }) => whyNot(exclusion) },
    ],
    ranking,
    colors,
  );
};

/** The column of the policy. Policies that use the balance or the last run have none, because every table has those columns. */
const ownColumns = (
  sequence: number,
  { policy, windowRuns }: RankedRun['fairness'],
): readonly Column<RankingEntry>[] => {
  if (policy === 'window-count') return [windowColumn(Math.min(windowRuns, sequence - 1))];
  if (policy === 'fair-share-weighted')
    return [{ title: 'drinks', align: 'right', cell: ({ quantity }) => quantity }];
  return [];
};

const whyNot = (exclusion: string): string => {
  if (exclusion === 'PREVIOUS_RUNNER') return 'went last time';
  return exclusion === 'CANNOT_RUN' ? "can't go" : '';
};

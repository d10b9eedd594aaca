import type { Fairness, RankingEntry } from '../../domain/records.ts';
import { ago } from '../../domain/words/ago.ts';
import { createNames } from '../../domain/words/names.ts';
import type { Colors } from '../frame/output.ts';
import { policyColumns } from './policy-columns.ts';
import { SHARE_COLUMNS } from './runs.ts';
import { table } from './table.ts';

export type RankedRun = {
  readonly sequence: number;
  readonly fairness: Pick<Fairness, 'policy' | 'windowRuns' | 'ranking'>;
};

/** A table of a run's ranking, with the numbers from before the run: the columns of every policy, and those of this policy. */
export const rankingTable = ({ sequence, fairness }: RankedRun, colors: Colors): string => {
  const { policy, windowRuns, ranking } = fairness;
  const nameOf = createNames(ranking);
  return table<RankingEntry>(
    [
      { title: 'rank', align: 'right', cell: ({ rank }) => rank ?? '-' },
      { title: 'who', cell: nameOf },
      ...policyColumns(policy).ranking(Math.min(windowRuns, sequence - 1)),
      ...SHARE_COLUMNS,
      { title: 'last went', cell: (candidate) => ago(sequence, candidate) },
      { title: 'why not', cell: ({ exclusion }) => whyNot(exclusion) },
    ],
    ranking,
    colors,
  );
};

const whyNot = (exclusion: string): string => {
  if (exclusion === 'PREVIOUS_RUNNER') return 'went last time';
  return exclusion === 'CANNOT_RUN' ? "can't go" : '';
};

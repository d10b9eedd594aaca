import type { Fairness, RankingEntry } from '../../domain/records.ts';
import { ago } from '../../domain/words/ago.ts';
import { createNames } from '../../domain/words/names.ts';
import type { Colors } from '../frame/output.ts';
import { balance, fairShare, runs } from './runs.ts';
import { type Column, table } from './table.ts';

export type RankedRun = {
  readonly sequence: number;
  readonly fairness: Pick<Fairness, 'policy' | 'windowRuns' | 'ranking'>;
};

/** A table of a run's ranking, with the numbers from before the run: the columns of every policy, and the column of this policy. */
export const rankingTable = ({ sequence, fairness }: RankedRun, colors: Colors): string => {
  const { ranking } = fairness;
  const nameOf = createNames(ranking);
  const own = ownColumn(sequence, fairness);
  return table(
    [
      { title: 'rank', align: 'right' },
      { title: 'who' },
      ...own.map(({ title }): Column => ({ title, align: 'right' })),
      { title: 'made', align: 'right' },
      { title: 'fair share', align: 'right' },
      { title: 'balance', align: 'right' },
      { title: 'last went' },
      { title: 'why not' },
    ],
    ranking.map((it) => [
      it.rank ?? '-',
      nameOf(it),
      ...own.map(({ cell }) => cell(it)),
      it.served,
      runs(fairShare(it)),
      balance(it.balance),
      ago(sequence, it),
      whyNot(it.exclusion),
    ]),
    colors,
  );
};

type OwnColumn = { readonly title: string; readonly cell: (entry: RankingEntry) => number };

/** The column of the policy. Policies that use the balance or the last run have none, because every table has those columns. */
const ownColumn = (sequence: number, { policy, windowRuns }: RankedRun['fairness']): readonly OwnColumn[] => {
  if (policy === 'window-count') return [windowColumn(Math.min(windowRuns, sequence - 1))];
  if (policy === 'fair-share-weighted') return [{ title: 'drinks', cell: ({ quantity }) => quantity }];
  return [];
};

const windowColumn = (runsInWindow: number): OwnColumn => ({
  title: `in last ${String(runsInWindow)}`,
  cell: ({ servedInWindow }) => servedInWindow,
});

const whyNot = (exclusion: string): string => {
  if (exclusion === 'PREVIOUS_RUNNER') return 'went last time';
  return exclusion === 'CANNOT_RUN' ? "can't go" : '';
};

import type { RankingEntry } from '../../domain/records.ts';
import type { Colors } from '../frame/output.ts';
import { fairShare } from './ledger.ts';
import { balance, lastWent, runs } from './runs.ts';
import { table } from './table.ts';

/** Everybody in a run's ranking, with the numbers before the run. */
export const rankingTable = (ranking: readonly RankingEntry[], colors: Colors): string =>
  table(
    [
      { title: 'rank', align: 'right' },
      { title: 'who' },
      { title: 'made', align: 'right' },
      { title: 'fair share', align: 'right' },
      { title: 'balance', align: 'right' },
      { title: 'last went' },
      { title: 'why not' },
    ],
    ranking.map((it) => [
      it.rank ?? '-',
      it.displayName || it.userId,
      it.served,
      runs(fairShare(it)),
      balance(it.balance),
      lastWent(it.lastServedSequence),
      whyNot(it.exclusion),
    ]),
    colors,
  );

const whyNot = (exclusion: string): string => {
  if (exclusion === 'PREVIOUS_RUNNER') return 'made the last run';
  return exclusion === 'CANNOT_RUN' ? 'cannot run' : '';
};

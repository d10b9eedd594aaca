import { type Member, UNIT } from '../../domain/ledger.ts';
import type { Colors } from '../frame/output.ts';
import { count } from '../../domain/words/count.ts';
import { balance, lastWent, runs } from './runs.ts';
import { table } from './table.ts';

/** What everybody has made and drunk in a channel. */
export const ledgerTable = (members: readonly Member[], colors: Colors): string =>
  table(
    [
      { title: 'who' },
      { title: 'made', align: 'right' },
      { title: 'fair share', align: 'right' },
      { title: 'balance', align: 'right' },
      { title: 'ordered in', align: 'right' },
      { title: 'last went' },
    ],
    members.map((it) => [
      it.userId,
      it.served,
      runs(fairShare(it)),
      balance(it.balance),
      count(it.attended, 'run'),
      lastWent(it.lastServedSequence),
    ]),
    colors,
  );

/** In units: what a person drank, in runs. */
export const fairShare = ({ served, balance }: Pick<Member, 'served' | 'balance'>): number =>
  served * UNIT - balance;

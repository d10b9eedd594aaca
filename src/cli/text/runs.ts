import { UNIT } from '../../domain/ledger.ts';
import { createFigures } from '../../domain/words/figures.ts';
import type { Column } from './table.ts';

const figures = createFigures([]);

/** Writes units as runs with two decimals, rounded as in the explanations: "4.17". */
export const runs = (units: number): string => figures.runs(units);

/** Writes a balance as runs: "-1.17" owes runs, "+0.40" is ahead. */
export const balance = (units: number): string => {
  const text = runs(Math.abs(units));
  if (Number(text) === 0) return text;
  return units < 0 ? `-${text}` : `+${text}`;
};

type Share = { readonly served: number; readonly balance: number };

/** The fair share in units: runs made minus the balance. */
export const fairShare = (share: Share): number => share.served * UNIT - share.balance;

/** The columns of every table of people: what they made, and what would have been fair. */
export const SHARE_COLUMNS: readonly Column<Share>[] = [
  { title: 'made', align: 'right', cell: ({ served }) => served },
  { title: 'fair share', align: 'right', cell: (share) => runs(fairShare(share)) },
  { title: 'balance', align: 'right', cell: (share) => balance(share.balance) },
];

import { UNIT } from '../../domain/ledger.ts';
import { createFigures } from '../../domain/words/figures.ts';

const figures = createFigures([]);

/** Units as runs with two decimals, rounded as the explanations round: "4.17". */
export const runs = (units: number): string => figures.runs(units);

/** A balance as runs: "-1.17" is behind, "+0.40" ahead. */
export const balance = (units: number): string => {
  const text = runs(Math.abs(units));
  if (Number(text) === 0) return text;
  return units < 0 ? `-${text}` : `+${text}`;
};

/** In units: runs made minus balance. */
export const fairShare = (it: { readonly served: number; readonly balance: number }): number =>
  it.served * UNIT - it.balance;

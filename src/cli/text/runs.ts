import { UNIT } from '../../domain/ledger.ts';
import { createFigures } from '../../domain/words/figures.ts';

const figures = createFigures([]);

/** Writes units as runs with two decimals, rounded as in the explanations: "4.17". */
export const runs = (units: number): string => figures.runs(units);

/** Writes a balance as runs: "-1.17" owes runs, "+0.40" is ahead. */
export const balance = (units: number): string => {
  const text = runs(Math.abs(units));
  if (Number(text) === 0) return text;
  return units < 0 ? `-${text}` : `+${text}`;
};

/** The fair share in units: runs made minus the balance. */
export const fairShare = (it: { readonly served: number; readonly balance: number }): number =>
  it.served * UNIT - it.balance;

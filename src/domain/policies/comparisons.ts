import type { Comparison } from './policy.ts';

/** Furthest behind the fair share first. */
export const byBalance: Comparison = (a, b) => a.balance - b.balance;

/** Whoever went longest ago first, and before them whoever has not gone yet. */
export const byLastServed: Comparison = (a, b) => (a.lastServedSequence ?? 0) - (b.lastServedSequence ?? 0);

export const byServedInWindow: Comparison = (a, b) => a.servedInWindow - b.servedInWindow;

/** As `byLastServed`, but for the window nobody has gone before it began. Whoever served in it did so last in it. */
export const byLastServedInWindow: Comparison = (a, b) =>
  (a.servedInWindow === 0 ? 0 : (a.lastServedSequence ?? 0)) -
  (b.servedInWindow === 0 ? 0 : (b.lastServedSequence ?? 0));

/** By UTF-16 code units, never by locale. */
export const byUserId = (a: { readonly userId: string }, b: { readonly userId: string }): number =>
  a.userId < b.userId ? -1 : a.userId > b.userId ? 1 : 0;

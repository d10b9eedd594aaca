import type { Comparison } from './policy.ts';

/** Furthest behind the fair share first. */
export const byBalance: Comparison = (a, b) => a.balance - b.balance;

/** The person who went longest ago first; before them, people who have never gone. */
export const byLastServed: Comparison = (a, b) => (a.lastServedSequence ?? 0) - (b.lastServedSequence ?? 0);

export const byServedInWindow: Comparison = (a, b) => a.servedInWindow - b.servedInWindow;

/** As `byLastServed`, but a run before the window counts as never. */
export const byLastServedInWindow: Comparison = (a, b) =>
  (a.servedInWindow === 0 ? 0 : (a.lastServedSequence ?? 0)) -
  (b.servedInWindow === 0 ? 0 : (b.lastServedSequence ?? 0));

export const byUserId = (a: { readonly userId: string }, b: { readonly userId: string }): number =>
  compareTexts(a.userId, b.userId);

/** By UTF-16 code units, never by locale. */
export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

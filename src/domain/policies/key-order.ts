import { compareLots, createLots } from '../lot.ts';
import { byUserId } from './comparisons.ts';
import type { Comparison, Policy } from './policy.ts';

/** The order in which a policy ranks people for a run. No two people are equal. */
export const keyOrder = (policy: Policy, runId: string): Comparison => {
  const breakTie = policy.tieBreak === 'lot' ? byLot(runId) : byUserId;
  return (a, b) => {
    for (const compare of policy.key) {
      const difference = compare(a, b);
      if (difference !== 0) return difference;
    }
    return breakTie(a, b);
  };
};

const byLot = (runId: string): Comparison => {
  const draw = createLots(runId);
  return (a, b) => compareLots(draw(a.userId), draw(b.userId)) || byUserId(a, b);
};

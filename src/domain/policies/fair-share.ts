import { byBalance, byLastServed } from './comparisons.ts';
import type { Policy } from './policy.ts';

/** The carpool rule of Fagin and Williams: each of k participants owes 1/k of the run, and the furthest behind goes. */
export const fairShare: Policy = {
  key: [byBalance, byLastServed],
  tieBreak: 'lot',
  weightOf: () => 1,
};

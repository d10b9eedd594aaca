import { byLastServed } from './comparisons.ts';
import type { Policy } from './policy.ts';

/** The person who went longest ago goes. Equal charges are kept, so that the channel may switch policies at any run. */
export const leastRecent: Policy = {
  key: [byLastServed],
  tieBreak: 'lot',
  weightOf: () => 1,
};

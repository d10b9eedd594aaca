import { byLastServedInWindow, byServedInWindow } from './comparisons.ts';
import type { Policy } from './policy.ts';

/** The person who made the fewest of the channel's last runs goes. Equal charges are kept, so that the channel may switch
 * policies at any run. */
export const windowCount: Policy = {
  key: [byServedInWindow, byLastServedInWindow],
  tieBreak: 'user-id',
  weightOf: () => 1,
};

import { fairShare } from './fair-share.ts';
import type { Policy } from './policy.ts';

/** As fair-share, but each participant owes the run in proportion to the drinks they ordered. */
export const fairShareWeighted: Policy = {
  ...fairShare,
  weightOf: ({ quantity }) => quantity,
};

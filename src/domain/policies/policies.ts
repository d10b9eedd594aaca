import type { PolicyName } from '../channel-policy.ts';
import { fairShare } from './fair-share.ts';
import { fairShareWeighted } from './fair-share-weighted.ts';
import { leastRecent } from './least-recent.ts';
import type { Policy } from './policy.ts';
import { windowCount } from './window-count.ts';

export const POLICIES: Readonly<Record<PolicyName, Policy>> = {
  'fair-share': fairShare,
  'fair-share-weighted': fairShareWeighted,
  'least-recent': leastRecent,
  'window-count': windowCount,
};

import type { LineUp } from './line-up.ts';
import type { Participant } from './participants.ts';
import type { Policy, Standing } from './policies.ts';

const TIE_REASONS = ['TIE_LOT', 'TIE_ID', 'TIE_LONGEST_AGO'] as const;
export type TieReason = (typeof TIE_REASONS)[number];

/** Why the runner was picked. */
export const REASONS = [
  'SOLE_ELIGIBLE',
  'REPEAT_ALLOWED',
  'SOFT_REPEAT',
  ...TIE_REASONS,
  'PREVIOUS_EXCLUDED',
  'LOWEST',
] as const;
export type Reason = (typeof REASONS)[number];

/** Returns the first reason that holds. */
export const reasonOf = (
  policy: Policy,
  { able, eligible, previous, restrained, held }: LineUp,
  runner: Participant,
): Reason => {
  if (able.length === 1) return 'SOLE_ELIGIBLE';
  if (runner === previous) return restrained ? 'REPEAT_ALLOWED' : 'SOFT_REPEAT';
  const second = eligible[1];
  const tie = second === undefined ? null : tieBetween(policy, runner, second);
  if (tie !== null) return tie;
  return held !== undefined && held === able[0] ? 'PREVIOUS_EXCLUDED' : 'LOWEST';
};

/** Which rule broke the tie between two people whose first key is equal; null if it is not equal. */
const tieBetween = ({ key, tieBreak }: Policy, a: Standing, b: Standing): TieReason | null => {
  const [first, ...others] = key;
  if (first(a, b) !== 0) return null;
  if (others.some((compare) => compare(a, b) !== 0)) return 'TIE_LONGEST_AGO';
  switch (tieBreak) {
    case 'lot':
      return 'TIE_LOT';
    case 'user-id':
      return 'TIE_ID';
  }
};

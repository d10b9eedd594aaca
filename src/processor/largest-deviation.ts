import type { RunClosed } from '../domain/records.ts';

/** Before this run: how far the participant furthest from a fair share was from it, behind or ahead, in runs. */
export const largestDeviation = ({ fairness: { ranking, unit } }: RunClosed): number => {
  let largest = 0;
  for (const { balance } of ranking) largest = Math.max(largest, Math.abs(balance));
  return largest / unit;
};

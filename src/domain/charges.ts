import { UNIT } from './ledger.ts';
import type { Participant } from './participants.ts';
import type { Policy } from './policies.ts';

/**
 * What each participant owes the run, able to make it or not, in units. Shares are rounded down and the runner's takes the
 * remainder, so that a run's charges sum to one run. At most 100 × UNIT by 200 × 100 drinks: far from 2^53, so division is exact.
 */
export const chargesOf = (
  { weightOf }: Policy,
  participants: readonly Participant[],
  runner: Participant,
): ((participant: Participant) => number) => {
  const total = participants.reduce((sum, { order }) => sum + weightOf(order), 0);
  const shareOf = ({ order }: Participant) => Math.floor((UNIT * weightOf(order)) / total);
  const remainder = participants.reduce((rest, participant) => rest - shareOf(participant), UNIT);
  return (participant) => shareOf(participant) + (participant === runner ? remainder : 0);
};

import { UNIT } from './ledger.ts';
import type { Participant } from './participants.ts';
import type { Policy } from './policies.ts';

/**
 * What each participant owes the run, in units, whether the participant can make the run or not. Shares are rounded down and the runner's
 * share takes the remainder, so that the charges of a run sum to one run. The largest numbers are 100 × UNIT, divided by 200 × 100 drinks:
 * far below 2^53, so the division is exact.
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

import { UNIT } from './ledger.ts';
import type { Participant } from './participants.ts';
import type { Policy } from './policies.ts';

/**
 * Returns a function that gives each participant's charge in units. People who cannot run are charged too: otherwise they would never pay.
 * Shares are rounded down and the runner pays the remainder, so the charges of a run sum to `UNIT`. The largest product, 100 × UNIT, is far
 * below 2^53, so it is exact.
 */
export const chargesOf = (
  { weightOf }: Policy,
  participants: readonly Participant[],
  runner: Participant,
): ((participant: Participant) => number) => {
  const total = participants.reduce((sum, { order }) => sum + weightOf(order), 0);
  const shareOf = ({ order }: Participant) => Math.floor((UNIT * weightOf(order)) / total);
  const remainder = participants.reduce((left, participant) => left - shareOf(participant), UNIT);
  return (participant) => shareOf(participant) + (participant === runner ? remainder : 0);
};

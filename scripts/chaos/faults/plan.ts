import { createRandom } from '../random.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults.ts';

export type PlannedFault = {
  readonly fault: Fault;
  /** Seconds of peace before it. */
  readonly after: number;
};

const COMMANDS_A_ROUND = 50_000;
const MORE_KILLS = 1;

/** Each round has every kind once, and some more kills; the more commands, the more rounds. The same seed, the same plan. */
export const planFaults = (seed: number, commands: number): readonly PlannedFault[] => {
  const random = createRandom(seed, 'faults');
  const rounds = Math.max(1, Math.ceil(commands / COMMANDS_A_ROUND));
  return Array.from({ length: rounds }, () => {
    const kills = FAULTS.filter(({ kind }) => kind === 'kill-instance');
    const more = Array.from({ length: MORE_KILLS }, () => kills).flat();
    return random.shuffled([...FAULTS, ...more]);
  })
    .flat()
    .map((fault) => ({ fault, after: 0.5 + 2 * random.next() }));
};

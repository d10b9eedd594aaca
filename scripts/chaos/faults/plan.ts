import { createRandom } from '../random.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { killInstance } from './kill-instance.ts';

export type PlannedFault = {
  readonly fault: Fault;
  /** Seconds of peace before it. */
  readonly after: number;
};

const COMMANDS_A_ROUND = 50_000;

/**
 * Each round has every kind once, and from the second on there is one more kill; the more commands, the more rounds. The same seed, the
 * same plan. A kill comes while somebody is frozen: the group waits half a minute for the sessions of both, and does so at the same time.
 */
export const planFaults = (seed: number, commands: number): readonly PlannedFault[] => {
  const random = createRandom(seed, 'faults');
  const rounds = Math.max(1, Math.ceil(commands / COMMANDS_A_ROUND));
  const others = FAULTS.filter((fault) => fault !== killInstance);
  return Array.from({ length: rounds }, (_, round) =>
    random
      .shuffled(round === 0 ? others : FAULTS)
      .flatMap((fault) => (fault.runs === 'beside others' ? [fault, killInstance] : [fault])),
  )
    .flat()
    .map((fault) => ({ fault, after: 0.2 + random.next() }));
};

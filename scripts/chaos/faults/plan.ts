import { createRandom } from '../random.ts';
import type { Fault } from './fault.ts';
import { FAULTS } from './faults.ts';
import { killInstance } from './kill-instance.ts';

export type PlannedFault = {
  readonly fault: Fault;
  /** Seconds without a fault before this one. */
  readonly after: number;
  /** The condition before the fault: by default, all instances work again after the fault before. */
  readonly waits?: 'for nobody';
};

const COMMANDS_PER_ROUND = 50_000;

/**
 * Each round has every kind of fault that this number of brokers allows; more commands make more rounds. The same seed gives the same plan. Two
 * kills come at once while an instance is frozen, so that the group waits half a minute for all three sessions at the same time. From the second
 * round on, there is one more kill.
 */
export const planFaults = ({
  seed,
  commands,
  brokers,
}: {
  seed: number;
  commands: number;
  brokers: number;
}): readonly PlannedFault[] => {
  const random = createRandom(seed, 'faults');
  const rounds = Math.max(1, Math.ceil(commands / COMMANDS_PER_ROUND));
  const possible = FAULTS.filter(({ brokersNeeded = 1 }) => brokers >= brokersNeeded);
  const others = possible.filter((fault) => fault !== killInstance);
  return Array.from({ length: rounds }, (_, round) =>
    random
      .shuffled(round === 0 ? others : possible)
      .flatMap((fault): Omit<PlannedFault, 'after'>[] =>
        fault.runs === 'beside others' ? [{ fault }, ...KILLS_MEANWHILE] : [{ fault }],
      ),
  )
    .flat()
    .map((planned) => ({ ...planned, after: 0.2 + random.next() }));
};

const KILLS_MEANWHILE: readonly Omit<PlannedFault, 'after'>[] = [
  { fault: killInstance },
  { fault: killInstance, waits: 'for nobody' },
];

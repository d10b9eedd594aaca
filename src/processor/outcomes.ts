import type { Owed } from './decide-record.ts';
import type { Outcomes } from './ports/observer.ts';

/**
 * Counts the outcomes of a batch.
 * @param partitionOf the partition that the default partitioner would have chosen for a key
 */
export const outcomesOf = (
  owed: readonly Owed[],
  partition: number,
  partitionOf: (key: Buffer) => number,
): Outcomes => {
  const outcomes = { closed: 0, rejected: 0, duplicate: 0, deadLetter: 0, redelivered: 0, misplaced: 0 };
  for (const item of owed) {
    switch (item.kind) {
      case 'nothing':
        outcomes.duplicate += 1;
        break;
      case 'dead-letter':
        outcomes.deadLetter += 1;
        break;
      case 'events':
        outcomes[item.outcome] += 1;
        if (item.record.key !== null && partitionOf(item.record.key) !== partition) outcomes.misplaced += 1;
        break;
    }
  }
  return outcomes;
};

/** For each closed run of a batch, how far the participant furthest from a fair share was from it, in runs. */
export const deviationsOf = (owed: readonly Owed[]): readonly number[] =>
  owed.flatMap((item) => (item.kind === 'events' && item.deviation !== undefined ? [item.deviation] : []));

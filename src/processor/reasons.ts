import type { Owed } from './decide-record.ts';
import type { Reasons } from './ports/observer.ts';

/** Counts the reasons of a batch's outcomes. Duplicates and commands that were decided before have none. */
export const reasonsOf = (owed: readonly Owed[]): Reasons => {
  const reasons = { closed: {}, rejected: {}, deadLetter: {} } satisfies Record<keyof Reasons, Counts>;
  for (const item of owed) {
    switch (item.kind) {
      case 'events':
        if (item.outcome !== 'redelivered' && item.reason !== undefined)
          add(reasons[item.outcome], item.reason);
        break;
      case 'dead-letter':
        add(reasons.deadLetter, item.poison.code);
        break;
      case 'nothing':
        break;
    }
  }
  return reasons;
};

type Counts = Record<string, number>;

const add = (counts: Counts, reason: string): void => {
  counts[reason] = (counts[reason] ?? 0) + 1;
};

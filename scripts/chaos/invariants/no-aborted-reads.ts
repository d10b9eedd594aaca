import { eventIn, placeOf } from '../evidence/events.ts';
import type { Invariant } from './invariant.ts';

/** Commands of aborted upstream transactions are never executed. */
export const noAbortedReads: Invariant = {
  id: 'I7',
  title: 'no aborted reads',
  violations: ({ outputs, decisions, abortedCommandIds }) => {
    const emitted = outputs.flatMap((record) => {
      const commandId = eventIn(record)?.commandId;
      return commandId !== undefined && abortedCommandIds.has(commandId)
        ? [`${placeOf(record)} executes ${commandId}, which was aborted`]
        : [];
    });
    const stored = decisions.flatMap(({ commandId, source }) =>
      abortedCommandIds.has(commandId) ? [`decided at ${source}: ${commandId}, which was aborted`] : [],
    );
    return [...emitted, ...stored];
  },
};

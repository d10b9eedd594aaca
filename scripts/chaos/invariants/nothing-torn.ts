import { grouped, placeOf, sourceOf } from '../evidence/events.ts';
import type { Invariant } from './invariant.ts';

/** Either all events of a source offset are visible or none, and the source offsets of visible events are below the committed offset. */
export const nothingTorn: Invariant = {
  id: 'I3',
  title: 'nothing torn',
  violations: ({ outputs, committed }) => {
    const torn = [...grouped(outputs, sourceOf)].flatMap(([source, records]): string[] => {
      const has = (role: string): boolean => records.some((record) => record.role === role);
      return has('closed') === has('summary')
        ? []
        : [`input ${String(source)} has only ${records.map(placeOf).join(', ')}`];
    });
    const ahead = outputs.flatMap((record): string[] => {
      const [partition = NaN, offset = NaN] = (sourceOf(record) ?? '').split('/').map(Number);
      return offset >= (committed.get(partition) ?? 0)
        ? [`${placeOf(record)} is visible, but input ${partition}/${offset} is not committed`]
        : [];
    });
    return [...torn, ...ahead];
  },
};

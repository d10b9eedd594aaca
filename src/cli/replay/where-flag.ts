import type { Where } from '../../operations/history/range.ts';
import { timeOr } from '../frame/flags.ts';

const PLACES =
  'a time such as 2026-03-02T08:15:00Z, an offset, or offsets by partition such as 0:120,3:88 (other partitions: their start)';

export const WHERE_HELP = `earliest, latest, committed (by the group), ${PLACES}`;

/** The help for places in topics that the group does not read. */
export const OUTPUT_WHERE_HELP = `earliest, latest, ${PLACES}`;

const parser =
  (help: string) =>
  (value: string): Where => {
    if (value === 'earliest' || value === 'latest' || value === 'committed') return { kind: value };
    if (/^\d{1,15}$/.test(value)) return { kind: 'offset', offset: Number(value) };
    if (/^\d{1,9}:\d{1,15}(,\d{1,9}:\d{1,15})*$/.test(value)) {
      const pairs = value.split(',').map((pair) => pair.split(':').map(Number) as [number, number]);
      return { kind: 'offsets', offsets: new Map(pairs) };
    }
    return { kind: 'time', time: timeOr(help, value) };
  };

/** Parses a flag that names a place. */
export const where = parser(WHERE_HELP);

/** Parses a place in an output topic. Accepts `committed`, too: the commands refuse it, and say why. */
export const outputWhere = parser(OUTPUT_WHERE_HELP);

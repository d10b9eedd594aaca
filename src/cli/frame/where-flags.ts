/** The flags that name places in topics. */
import { InvalidArgumentError, Option } from 'commander';
import type { Where } from '../../operations/history/range.ts';
import { timeOr } from './flags.ts';

const PLACES =
  'a time such as 2026-03-02T08:15:00Z, an offset, or offsets by partition such as 0:120,3:88 (other partitions: their start)';

export const WHERE_HELP = `earliest, latest, committed (by the group), ${PLACES}`;

/** The help for places in topics that the group does not read. */
const OUTPUT_WHERE_HELP = `earliest, latest, ${PLACES}`;

const parser =
  (help: string) =>
  (value: string): Where => {
    if (value === 'earliest' || value === 'latest' || value === 'committed') return { kind: value };
    if (/^\d{1,15}$/.test(value)) return { kind: 'offset', offset: Number(value) };
    if (/^\d{1,9}:\d{1,15}(,\d{1,9}:\d{1,15})*$/.test(value)) {
      const pairs = value.split(',').map((pair) => pair.split(':').map(Number) as [number, number]);
      const offsets = new Map(pairs);
      if (offsets.size < pairs.length)
        throw new InvalidArgumentError('It names a partition twice: give one offset for each partition.');
      return { kind: 'offsets', offsets };
    }
    return { kind: 'time', time: timeOr(help, value) };
  };

/** Parses a flag that names a place. */
export const where = parser(WHERE_HELP);

/** Parses a place in an output topic. Accepts `committed`, too: the commands refuse it, and say why. */
const outputWhere = parser(OUTPUT_WHERE_HELP);

/** `--from` of a command that reads an output topic. `what` says what starts there. */
export const fromOption = (what: string): Option =>
  new Option('--from <where>', `${what}: ${OUTPUT_WHERE_HELP} (default: earliest)`).argParser(outputWhere);

/** `--to` of a command that reads an output topic. */
export const toOption = (): Option =>
  new Option('--to <where>', 'where to stop, exclusive (default: latest)').argParser(outputWhere);

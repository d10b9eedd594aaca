import { grouped, placeOf, sourceOf } from '../evidence/events.ts';
import { type LogRecord, type OutputRecord, sourceAt } from '../evidence/evidence.ts';
import { isOfBomb } from '../stream/oversize.ts';
import type { Invariant } from './invariant.ts';

/** Each bad record has exactly one dead letter, byte for byte if its batch can be read. There are no other dead letters. */
export const poisonIsolated: Invariant = {
  id: 'I11',
  title: 'poison isolated',
  violations: ({ input, outputs, fold, committed }) => {
    const letters = grouped(
      outputs.filter(({ role }) => role === 'deadLetters'),
      sourceOf,
    );
    const records = new Map(input.map((record) => [sourceAt(record.partition, record.offset), record]));
    const missing = [...records].flatMap(([source, { partition, offset }]) => {
      const isPoison = fold.outcomes.get(source)?.kind === 'dead letter';
      const count = letters.get(source)?.length ?? 0;
      const wanted = isPoison && offset < (committed.get(partition) ?? 0) ? 1 : 0;
      return count === wanted
        ? []
        : [`input ${source} stands ${count} times among the dead letters, not ${wanted}`];
    });
    const changed = [...letters.values()].flat().flatMap((letter) => {
      const record = records.get(sourceOf(letter) ?? '');
      const difference = record === undefined ? 'source' : whatChanged(letter, record);
      return difference === undefined
        ? []
        : [`${placeOf(letter)}, of input ${String(sourceOf(letter))}: another ${difference}`];
    });
    return [...missing, ...changed];
  },
};

const whatChanged = (letter: OutputRecord, record: LogRecord): string | undefined => {
  const content = isOfBomb(record.value) ? UNREADABLE : record;
  if (!isSame(letter.key, content.key)) return 'key';
  if (!isSame(letter.value, content.value)) return 'value';
  if (letter.timestamp !== record.timestamp) return 'timestamp';
  const kept = content.headers.every(([name, value], index) => {
    const [otherName, otherValue = null] = letter.headers[index] ?? [];
    return name === otherName && isSame(value, otherValue);
  });
  return kept ? undefined : 'headers';
};

/** The content of a dead letter for a record whose batch is too large when decompressed. */
const UNREADABLE = { key: null, value: null, headers: [] } as const satisfies Partial<LogRecord>;

const isSame = (a: Buffer | null, b: Buffer | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);

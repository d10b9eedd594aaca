import type { Column } from './table.ts';

const MAX_CHARACTERS = 60;
/** How many characters to show before the first difference of two long texts. */
const CHARACTERS_BEFORE = 20;

/** The columns of two different values. */
export const DIFFERENCE_COLUMNS: readonly Column<{ readonly expected: unknown; readonly found: unknown }>[] =
  [
    { title: 'expected', cell: ({ expected, found }) => shortPair(expected, found)[0] },
    { title: 'found', cell: ({ expected, found }) => shortPair(expected, found)[1] },
  ];

/** Fits two different values into the cells of a table: long values are cut around the first difference. */
export const shortPair = (one: unknown, other: unknown): readonly [string, string] => {
  const [first, second] = [charactersOf(one), charactersOf(other)];
  if (first.length <= MAX_CHARACTERS && second.length <= MAX_CHARACTERS)
    return [first.join(''), second.join('')];
  const from = beginOf(first, second);
  return [cut(first, from), cut(second, from)];
};

const charactersOf = (value: unknown): readonly string[] =>
  Array.from(typeof value === 'string' ? value : JSON.stringify(value));

const beginOf = (first: readonly string[], second: readonly string[]): number => {
  const at = first.findIndex((character, index) => character !== second[index]);
  const difference = at < 0 ? first.length : at;
  if (difference <= MAX_CHARACTERS - CHARACTERS_BEFORE) return 0;
  const begin = difference - CHARACTERS_BEFORE;
  const space = first.indexOf(' ', begin);
  return space >= 0 && space < difference ? space + 1 : begin;
};

const cut = (characters: readonly string[], from: number): string => {
  const to = from + MAX_CHARACTERS;
  return (from > 0 ? '…' : '') + characters.slice(from, to).join('') + (to < characters.length ? '…' : '');
};

import Table from 'cli-table3';
import { visibleText } from '../../domain/visible-text.ts';
import type { Colors } from '../frame/output.ts';

export type Column = { readonly title: string; readonly align?: 'left' | 'right' };

/** Columns without lines, so that it reads well and copies well. Cells are one line each. */
export const table = (
  columns: readonly Column[],
  rows: readonly (readonly (string | number)[])[],
  { dim }: Colors,
): string => {
  const drawn = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2, compact: true },
  });
  drawn.push(...rows.map((cells) => cells.map((cell) => oneLine(cell.toString()))));
  return (
    drawn
      .toString()
      .split('\n')
      .map((line) => line.trimEnd())
      // Color the head only now: the marks of colors would count as letters.
      .map((line, index) => (index === 0 ? dim(line) : line))
      .join('\n')
  );
};

/** Texts come from people: nothing in them may move the cursor, color the screen or begin a line. */
export const oneLine = (text: string): string => visibleText(text.replace(/[\p{Cc}\u2028\u2029]/gu, ' '));

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

import Table from 'cli-table3';
import { oneLine } from '../../domain/visible-text.ts';
import { widthOf, wrapped } from './width.ts';
import type { Colors } from '../frame/output.ts';

/** A column: its title, and what it shows of a row. */
export type Column<Row> = {
  readonly title: string;
  readonly align?: 'left' | 'right';
  readonly cell: (row: Row, index: number) => string | number;
};

const MAX_TABLE_COLUMNS = 80;
const GAP = 2;

const NO_LINES = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right']
    .concat(['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'])
    .map((name) => [name, '']),
);

/**
 * Draws a table without lines, which is easy to read and to copy. No table is wider than 80 columns of the terminal: a cell that is too
 * wide for its column continues in the next line.
 */
export const table = <Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { dim }: Colors,
): string => {
  const drawn = new Table({
    head: columns.map(({ title }) => title),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP, compact: true },
  });
  const cells = rows.map((row, index) => columns.map(({ cell }) => oneLine(cell(row, index).toString())));
  const widths = fittingWidths(
    columns.map(({ title }) => widthOf(title)),
    cells,
  );
  drawn.push(
    ...cells.map((row) => row.map((cell, at) => wrapped(cell, widths[at] ?? MAX_TABLE_COLUMNS).join('\n'))),
  );
  return (
    drawn
      .toString()
      .split('\n')
      .map((line) => line.trimEnd())
      // Color the head after drawing: the width of cells would include the marks of colors.
      .map((line, index) => (index === 0 ? dim(line) : line))
      .join('\n')
  );
};

/** Narrows the widest column, one column of the terminal at a time, until the table fits. No column gets narrower than its title. */
const fittingWidths = (
  titles: readonly number[],
  rows: readonly (readonly string[])[],
): readonly number[] => {
  const widths = titles.map((title, at) => Math.max(title, ...rows.map((row) => widthOf(row[at] ?? ''))));
  const total = () => widths.reduce((sum, width) => sum + width, GAP * (widths.length - 1));
  while (total() > MAX_TABLE_COLUMNS) {
    const widest = Math.max(...widths.map((width, at) => (width > (titles[at] ?? 0) ? width : 0)));
    const at = widths.findLastIndex((width, index) => width === widest && width > (titles[index] ?? 0));
    if (at < 0) break;
    widths[at] = widest - 1;
  }
  return widths;
};

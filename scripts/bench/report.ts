import pc from 'picocolors';
import { type Column, table } from '../../src/cli/text/table.ts';
import type { Measured } from './part.ts';

/** Prints the measured figures for people. */
export const report = (measured: readonly Measured[]): string =>
  measured
    .map(({ part, beside, rows }) => {
      const columns = Object.keys(rows[0] ?? {}).map((title): Column<Measured['rows'][number]> => ({
        title,
        align: typeof rows[0]?.[title] === 'string' ? 'left' : 'right',
        cell: (row) => figure(row[title] ?? Number.NaN),
      }));
      return `${part}\n${table(columns, rows, pc.createColors(false))}\n${beside}`;
    })
    .join('\n\n');

/** Small numbers with three digits, other numbers as whole numbers. */
export const figure = (value: number | string): string =>
  typeof value === 'string'
    ? value
    : value < 100 && !Number.isInteger(value)
      ? value.toPrecision(3)
      : Math.round(value).toLocaleString('en');

import pc from 'picocolors';
import { table } from '../../src/cli/text/table.ts';
import type { Measured } from './part.ts';

/** Prints the measured figures for people. */
export const report = (measured: readonly Measured[]): string =>
  measured
    .map(({ part, beside, rows }) => {
      const titles = Object.keys(rows[0] ?? {});
      const columns = titles.map(
        (title) => ({ title, align: typeof rows[0]?.[title] === 'string' ? 'left' : 'right' }) as const,
      );
      const cells = rows.map((row) => titles.map((title) => figure(row[title] ?? Number.NaN)));
      return `${part}\n${table(columns, cells, pc.createColors(false))}\n${beside}`;
    })
    .join('\n\n');

/** Small numbers with three digits, other numbers as whole numbers. */
export const figure = (value: number | string): string =>
  typeof value === 'string'
    ? value
    : value < 100 && !Number.isInteger(value)
      ? value.toPrecision(3)
      : Math.round(value).toLocaleString('en');

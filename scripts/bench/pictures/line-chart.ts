import { scaleLinear, scaleLog } from 'd3-scale';
import type { Measured } from '../part.ts';

export type LineChart = {
  readonly title: string;
  /** The column of the horizontal axis. */
  readonly along: string;
  readonly scale: 'linear' | 'log';
  /** The columns that are drawn. */
  readonly lines: readonly string[];
  /** The unit of these columns. */
  readonly unit: string;
};

const WIDTH = 640;
const HEIGHT = 300;
const MARGIN = { left: 60, right: 130, top: 34, bottom: 44 } as const;
/** The names at the ends also tell the lines apart without colors. */
const COLORS = ['#2f6fde', '#b8552c', '#3a8a4f', '#8a5ab5'] as const;

/** Draws a self-contained SVG with one line for each column, and a dot for each measurement. */
export const lineChart = (
  rows: Measured['rows'],
  { title, along, scale, lines, unit }: LineChart,
): string => {
  const figures = (column: string): number[] => rows.map((row) => Number(row[column]));
  const xs = figures(along);
  const x = (scale === 'log' ? scaleLog() : scaleLinear())
    .domain([scale === 'log' ? Math.min(...xs) : 0, Math.max(...xs)])
    .range([MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear()
    .domain([0, Math.max(...lines.flatMap(figures))])
    .nice(5)
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);

  const grid = y.ticks(5).map((tick) => {
    const at = px(y(tick));
    return (
      `<line x1="${String(MARGIN.left)}" x2="${String(WIDTH - MARGIN.right)}" y1="${at}" y2="${at}" class="grid"/>` +
      `<text x="${String(MARGIN.left - 6)}" y="${px(y(tick) + 4)}" text-anchor="end">${tick.toLocaleString('en')}</text>`
    );
  });
  const marks = xs.map(
    (at) =>
      `<text x="${px(x(at))}" y="${String(HEIGHT - MARGIN.bottom + 18)}" text-anchor="middle">${at.toLocaleString('en')}</text>`,
  );
  const ends = moveApart(lines.map((column) => y(figures(column).at(-1) ?? 0)));
  const drawn = lines.map((column, index) => {
    const color = COLORS[index % COLORS.length] ?? COLORS[0];
    const points = figures(column).map((value, at) => `${px(x(xs[at] ?? 0))},${px(y(value))}`);
    const dots = points.map((point) => {
      const [cx = '', cy = ''] = point.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${color}"/>`;
    });
    return (
      `<polyline points="${points.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>${dots.join('')}` +
      `<text x="${String(WIDTH - MARGIN.right + 8)}" y="${px((ends[index] ?? 0) + 4)}" fill="${color}">${column}</text>`
    );
  });
  const axis = `<text x="${px((MARGIN.left + WIDTH - MARGIN.right) / 2)}" y="${String(HEIGHT - 8)}" text-anchor="middle">${along}</text>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-label="${title}">` +
    `<style>text{font:12px system-ui,sans-serif;fill:#888}.grid{stroke:#8884}</style><title>${title}</title>` +
    `<text x="${String(MARGIN.left)}" y="18">${unit}</text>${grid.join('')}${marks.join('')}${drawn.join('')}${axis}</svg>\n`
  );
};

const LINE_HEIGHT = 15;

/** Moves names down that would cover each other. */
const moveApart = (heights: readonly number[]): readonly number[] => {
  const moved = [...heights];
  const order = heights.map((_, index) => index).sort((a, b) => (heights[a] ?? 0) - (heights[b] ?? 0));
  for (const [position, index] of order.entries()) {
    const above = moved[order[position - 1] ?? -1] ?? -Infinity;
    moved[index] = Math.max(moved[index] ?? 0, above + LINE_HEIGHT);
  }
  return moved;
};

const px = (value: number): string => value.toFixed(1);

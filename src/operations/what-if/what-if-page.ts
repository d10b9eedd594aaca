/** A page that loads nothing: no script, font or picture from elsewhere. It can be printed, and follows the reader's dark or light mode. */
import { scaleBand, scaleLinear } from 'd3-scale';
import type { FairnessFigures } from '../../replay/what-if/fairness-figures.ts';
import type { WhatIfReport } from '../../replay/what-if/what-if.ts';
import { count } from '../../domain/words/count.ts';
import { oneLine } from '../../domain/visible-text.ts';

export type PageFacts = {
  /** The changed settings, such as `policy least-recent`. */
  readonly changes: readonly string[];
  /** The file or topic that the runs come from. */
  readonly source: string;
  /** Sentences that readers need to understand the figures. */
  readonly notes: readonly string[];
};

export const whatIfPage = (report: WhatIfReport, { changes, source, notes }: PageFacts): string => {
  const { runs, channels, picksChanged, was, whatIf, people } = report;
  const title = `What if: ${changes.join(', ')}`;
  const roles = was.roles.filter((role) => role.people > 0);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${text(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${text(title)}</h1>
<p>${text(count(runs, 'run'))} of ${text(count(channels, 'channel'))} from ${text(source)}, decided again: the same people order, and each pick
influences the later ones. <strong>${text(count(picksChanged, 'pick'))}</strong> would differ
(${runs === 0 ? '0' : ((100 * picksChanged) / runs).toFixed(1)} %).</p>
${notes.map((note) => `<p>${text(note)}</p>`).join('\n')}
<p class="legend"><span class="was">■ was</span> <span class="if">■ what if</span></p>
${figuresTable(was, whatIf)}
<h2>Runs made minus fair share</h2>
<p>The people with the largest change. Left of the line: owes runs. Right of the line: has made more than the fair share.</p>
${pairs({
  label: 'Runs made minus fair share, per person, as it was and as it would be',
  rows: people.map(({ userId, channelId, was, whatIf }) => ({
    name: `${userId} · ${channelId}`,
    was,
    whatIf,
  })),
  middle: 0,
  unit: 'runs made minus fair share',
})}
<h2>Runs made divided by fair share, by how often a person orders</h2>
<p>1.00 is fair. A person who ordered in 80 % of the runs since the first order is daily; from 40 %: regular; from 15 %: weekly; below: rare.</p>
${pairs({
  label: 'Runs made divided by fair share, per role, as it was and as it would be',
  rows: roles.map((role) => ({
    name: `${role.role} (${String(role.people)})`,
    was: ratio(role),
    whatIf: ratio(whatIf.roles.find((other) => other.role === role.role) ?? role),
  })),
  middle: 1,
  unit: 'runs made divided by fair share',
})}
</body>
</html>
`;
};

const ratio = ({ made, fairShare }: FairnessFigures['roles'][number]): number =>
  fairShare === 0 ? 0 : made / fairShare;

const figuresTable = (was: FairnessFigures, whatIf: FairnessFigures): string => {
  const rows = [
    ['Worst deviation from fair share, runs', signed(was.worstDeviation), signed(whatIf.worstDeviation)],
    ['Mean deviation, runs', was.meanDeviation.toFixed(2), whatIf.meanDeviation.toFixed(2)],
    [
      'Longest drought, runs',
      String(was.longestDrought?.runs ?? 0),
      String(whatIf.longestDrought?.runs ?? 0),
    ],
  ] as const;
  const body = rows.map(
    ([what, one, other]) => `<tr><th scope="row">${text(what)}</th><td>${one}</td><td>${other}</td></tr>`,
  );
  return `<table><thead>${HEAD}</thead><tbody>${body.join('')}</tbody></table>`;
};

const signed = (figure: FairnessFigures['worstDeviation']): string =>
  figure === null ? '-' : `${figure.runs > 0 ? '+' : ''}${figure.runs.toFixed(2)}`;

type Pairs = {
  /** Describes the chart for people who cannot see it. */
  readonly label: string;
  readonly rows: readonly { readonly name: string; readonly was: number; readonly whatIf: number }[];
  /** The value at which bars begin. */
  readonly middle: number;
  /** The unit of the axis. */
  readonly unit: string;
};

const WIDTH = 760;
const NAMES = 240;
const ROW = 26;
const VALUES = 60;

/** Draws two bars a row, each from the middle to the left or right, with their numbers beside them. */
const pairs = ({ label, rows, middle, unit }: Pairs): string => {
  if (rows.length === 0) return '<p>Nobody.</p>';
  const numbers = rows.flatMap(({ was, whatIf }) => [was, whatIf]);
  const x = scaleLinear()
    .domain([Math.min(middle, ...numbers), Math.max(middle + 0.01, ...numbers)])
    .nice()
    .range([NAMES + VALUES, WIDTH - VALUES]);
  const height = rows.length * ROW + 46;
  const y = scaleBand<number>()
    .domain(rows.map((_, index) => index))
    .range([0, rows.length * ROW])
    .padding(0.2);
  const half = y.bandwidth() / 2;
  const bar = (value: number, top: number, side: 'was' | 'if'): string => {
    const [from, to] = [x(middle), x(value)];
    const at = value < middle ? to - 4 : to + 4;
    const anchor = value < middle ? 'end' : 'start';
    return (
      `<rect class="${side}" x="${px(Math.min(from, to))}" y="${px(top)}" width="${px(Math.abs(to - from))}" height="${px(half)}"/>` +
      `<text class="value" x="${px(at)}" y="${px(top + half - 1)}" text-anchor="${anchor}">${value.toFixed(2)}</text>`
    );
  };
  const drawn = rows.map(({ name, was, whatIf }, index) => {
    const top = y(index) ?? 0;
    return (
      `<text x="${String(NAMES - 8)}" y="${px(top + half + 4)}" text-anchor="end">${text(name)}</text>` +
      bar(was, top, 'was') +
      bar(whatIf, top + half, 'if')
    );
  });
  const ticks = x
    .ticks(6)
    .map(
      (tick) =>
        `<text x="${px(x(tick))}" y="${String(height - 26)}" text-anchor="middle">${String(tick)}</text>`,
    );
  const line = `<line x1="${px(x(middle))}" x2="${px(x(middle))}" y1="0" y2="${String(rows.length * ROW)}"/>`;
  const axis = `<text x="${px((NAMES + WIDTH) / 2)}" y="${String(height - 8)}" text-anchor="middle">${text(unit)}</text>`;
  return (
    `<svg viewBox="0 0 ${String(WIDTH)} ${String(height)}" role="img" aria-label="${text(label)}">` +
    `<title>${text(label)}</title>${line}${drawn.join('')}${ticks.join('')}${axis}</svg>` +
    numbersTable(rows)
  );
};

/** The same numbers as a table, for screen readers, for copying, and for people who do not see the colors. */
const numbersTable = (rows: Pairs['rows']): string => {
  const body = rows.map(
    ({ name, was, whatIf }) =>
      `<tr><th scope="row">${text(name)}</th><td>${was.toFixed(2)}</td><td>${whatIf.toFixed(2)}</td></tr>`,
  );
  return `<details><summary>As numbers</summary><table><thead>${HEAD}</thead><tbody>${body.join('')}</tbody></table></details>`;
};

const HEAD = '<tr><td></td><th scope="col">was</th><th scope="col">what if</th></tr>';

const px = (value: number): string => value.toFixed(1);

/** Escapes a text for HTML: ids come from publishers and may contain anything. */
const text = (plain: string): string =>
  oneLine(plain).replace(/[&<>"']/g, (character) => ESCAPED[character] ?? '');

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const STYLE = `
:root { color-scheme: light dark; --was: #8a8f98; --if: #2f6fde; --line: #8886; }
@media (prefers-color-scheme: dark) { :root { --was: #9aa0aa; --if: #7aa7ff; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 800px; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .2rem 1.2rem .2rem 0; font-variant-numeric: tabular-nums; }
th { font-weight: 500; }
svg { width: 100%; height: auto; }
svg text { font-size: 12px; fill: currentColor; }
svg .value { font-size: 9px; }
svg .was, .legend .was { fill: var(--was); color: var(--was); }
svg .if, .legend .if { fill: var(--if); color: var(--if); }
svg line { stroke: var(--line); }
@media print { body { margin: 0; max-width: none; } svg { break-inside: avoid; } }`;

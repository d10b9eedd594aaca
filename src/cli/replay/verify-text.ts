import type { Divergence } from '../../replay/verify/divergence.ts';
import type { VerifyReport } from '../../replay/verify/report.ts';
import type { Colors } from '../frame/output.ts';
import { divergenceJson } from '../json/divergence.ts';
import type { LineOf } from '../json/lines.ts';
import { count, withThousands } from '../../domain/words/count.ts';
import { readablePosition, positionNamed } from '../../wire/position.ts';
import { sentences } from '../text/sentences.ts';
import { DIFFERENCE_COLUMNS } from '../text/short.ts';
import { type Column, table } from '../text/table.ts';

/** The objects to print with `--json`: each listed difference, then the summary. */
export const reportJson = (
  { listed, ...summary }: VerifyReport,
  unchecked: readonly string[],
): readonly object[] => [
  ...listed.map((each) => divergenceJson('divergence', each)),
  { kind: 'summary', ...summary, unchecked } satisfies LineOf<'replay verify'>,
];

export const reportText = (report: VerifyReport, unchecked: readonly string[], colors: Colors): string => {
  const { commands, outcomes, channels, compared, forgotten, divergences, listed } = report;
  const lines = [
    `${count(commands, 'command')} of ${count(channels, 'channel')} decided again: ${withThousands(outcomes.closed)} closed, ` +
      `${withThousands(outcomes.rejected)} rejected, ${count(outcomes.duplicates, 'duplicate')}, ${count(outcomes.deadLetters, 'dead letter')}.`,
    `Compared: ${count(compared.events, 'event')}, ${count(compared.decisions, 'stored decision')}, ${count(compared.ledgers, 'ledger')}.`,
    ...sentences(forgotten.everybody + forgotten.somePeople > 0 && forgottenText(forgotten)),
    ...unchecked.map((what) => colors.yellow(`Not checked: ${what}.`)),
  ];
  if (divergences === 0) return [...lines, colors.green('No difference.')].join('\n');
  return [
    ...(listed.length === 0 ? [] : [differencesText(listed, colors), '']),
    ...lines,
    totalText(report, colors),
  ].join('\n');
};

/** How many differences there are of each kind, and how many of them are not listed. */
export const totalText = (
  {
    divergences,
    listed,
    counts,
  }: Pick<VerifyReport, 'divergences' | 'counts'> & { readonly listed: readonly unknown[] },
  colors: Colors,
): string => {
  const more = divergences - listed.length;
  const rest =
    more > 0 ? ` ${withThousands(more)} ${more === 1 ? 'is' : 'are'} not listed; --limit lists more.` : '';
  return colors.red(countsText(divergences, Object.entries(counts))) + rest;
};

/** For example `3 differences: 2 DECISION_ALTERED, 1 LEDGER_MISSING.` */
export const countsText = (total: number, counts: Iterable<readonly [string, number]>): string =>
  `${count(total, 'difference')}: ${[...counts].map(([code, times]) => `${withThousands(times)} ${code}`).join(', ')}.`;

const COLUMNS: readonly Column<Divergence>[] = [
  { title: 'what', cell: ({ code }) => code },
  { title: 'channel', cell: ({ channelId }) => channelId ?? '-' },
  { title: 'run', cell: ({ runId }) => runId ?? '-' },
  { title: 'command at', cell: ({ source }) => sourceText(source) },
  { title: 'where', cell: ({ where }) => where },
  { title: 'field', cell: ({ field }) => field },
  ...DIFFERENCE_COLUMNS,
];

/** A table of the differences; an empty text if there are none. */
export const differencesText = (listed: readonly Divergence[], colors: Colors): string =>
  listed.length === 0 ? '' : table(COLUMNS, listed, colors);

/** Positions in tables look the same in every command: `run.close.requested/3@1042`. */
const sourceText = (source: string | null): string => {
  const position = source === null ? null : positionNamed(source);
  return position === null ? (source ?? '-') : readablePosition(position);
};

const forgottenText = ({ everybody, somePeople }: VerifyReport['forgotten']): string =>
  `Forgotten: personal data in ${withThousands(everybody + somePeople)} of the stored decisions (${withThousands(everybody)} everybody's, ${withThousands(somePeople)} some people's); ` +
  'their bodies were compared without it.';

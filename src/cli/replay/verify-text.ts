import type { z } from 'zod';
import type { Divergence } from '../../replay/verify/divergence.ts';
import type { VerifyReport } from '../../replay/verify/report.ts';
import type { Colors } from '../frame/output.ts';
import { divergenceJson } from '../json/divergence.ts';
import type { verified } from '../json/replay-lines.ts';
import { count, figure } from '../../domain/words/count.ts';
import { shortPair } from '../text/short.ts';
import { table } from '../text/table.ts';
import { place, positionNamed } from '../../wire/position.ts';

/** The objects to print with `--json`: each listed difference, then the summary. */
export const reportJson = (
  { listed, ...summary }: VerifyReport,
  unchecked: readonly string[],
): readonly object[] => [
  ...listed.map((each) => divergenceJson('divergence', each)),
  { kind: 'summary', ...summary, unchecked } satisfies z.infer<typeof verified>,
];

export const reportText = (report: VerifyReport, unchecked: readonly string[], colors: Colors): string => {
  const { commands, outcomes, channels, compared, forgotten, divergences, counts, listed } = report;
  const lines = [
    `${count(commands, 'command')} of ${count(channels, 'channel')} decided again: ${figure(outcomes.closed)} closed, ` +
      `${figure(outcomes.rejected)} rejected, ${count(outcomes.duplicates, 'duplicate')}, ${count(outcomes.deadLetters, 'dead letter')}.`,
    `Compared: ${count(compared.events, 'event')}, ${count(compared.decisions, 'stored decision')}, ${count(compared.ledgers, 'ledger')}.`,
    ...forgottenText(forgotten),
    ...unchecked.map((what) => colors.yellow(`Not checked: ${what}.`)),
  ];
  if (divergences === 0) return [...lines, colors.green('No difference.')].join('\n');
  const more = divergences - listed.length;
  return [
    ...(listed.length === 0 ? [] : [differencesText(listed, colors), '']),
    ...lines,
    colors.red(countsText(divergences, Object.entries(counts))) +
      (more > 0 ? ` ${figure(more)} ${more === 1 ? 'is' : 'are'} not listed; --limit lists more.` : ''),
  ].join('\n');
};

/** For example `3 differences: 2 DECISION_ALTERED, 1 LEDGER_MISSING.` */
export const countsText = (total: number, counts: Iterable<readonly [string, number]>): string =>
  `${count(total, 'difference')}: ${[...counts].map(([code, times]) => `${figure(times)} ${code}`).join(', ')}.`;

/** A table of the differences; an empty text if there are none. */
export const differencesText = (listed: readonly Divergence[], colors: Colors): string =>
  listed.length === 0
    ? ''
    : table(
        [
          { title: 'what' },
          { title: 'channel' },
          { title: 'run' },
          { title: 'command at' },
          { title: 'where' },
          { title: 'field' },
          { title: 'expected' },
          { title: 'found' },
        ],
        listed.map((it) => [
          it.code,
          it.channelId ?? '-',
          it.runId ?? '-',
          sourceText(it.source),
          it.where,
          it.field,
          ...shortPair(it.expected, it.found),
        ]),
        colors,
      );

/** Positions in tables look the same in every command: `run.close.requested/3@1042`. */
const sourceText = (source: string | null): string => {
  const position = source === null ? null : positionNamed(source);
  return position === null ? (source ?? '-') : place(position);
};

const forgottenText = ({ everybody, somePeople }: VerifyReport['forgotten']): readonly string[] => {
  const total = everybody + somePeople;
  if (total === 0) return [];
  return [
    `Forgotten: personal data in ${figure(total)} of the stored decisions (${figure(everybody)} everybody's, ${figure(somePeople)} some people's); ` +
      'their bodies were compared without it.',
  ];
};

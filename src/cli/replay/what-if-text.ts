import type { FairnessFigures } from '../../replay/what-if/fairness-figures.ts';
import type { WhatIfReport } from '../../replay/what-if/what-if.ts';
import type { Colors } from '../frame/output.ts';
import { count } from '../../domain/words/count.ts';
import { type Column, table } from '../text/table.ts';

export type Remarks = {
  readonly notes: readonly string[];
  /** The positions of records that are not `run.closed` events. */
  readonly unreadable: readonly string[];
};

/** One figure under the past rules and under the other rules, with the people or the number of people that it is about. */
type Row = { readonly title: string; readonly was: string; readonly whatIf: string; readonly who: string };

/** The person with the most extreme figure; null if nobody ordered. */
type Extreme = FairnessFigures['worstDeviation' | 'longestDrought'];

type RoleFigures = FairnessFigures['roles'][number];

const MAX_LISTED = 10;

const FIGURE_COLUMNS: readonly Column<Row>[] = [
  { title: '', cell: ({ title }) => title },
  { title: 'was', align: 'right', cell: ({ was }) => was },
  { title: 'what if', align: 'right', cell: ({ whatIf }) => whatIf },
  { title: 'who', cell: ({ who }) => who },
];

const EXAMPLE_COLUMNS: readonly Column<WhatIfReport['examples'][number]>[] = [
  { title: 'channel', cell: ({ channelId }) => channelId },
  { title: 'run', cell: ({ runId }) => runId },
  { title: 'n', align: 'right', cell: ({ sequence }) => sequence },
  { title: 'was', cell: ({ was }) => was },
  { title: 'what if', cell: ({ whatIf }) => whatIf },
];

export const whatIfText = (report: WhatIfReport, { notes, unreadable }: Remarks, colors: Colors): string => {
  const { runs, channels, picksChanged, examples, was, whatIf } = report;
  const share = runs === 0 ? 0 : (100 * picksChanged) / runs;
  return [
    `${count(runs, 'run')} of ${count(channels, 'channel')} decided again: ${count(picksChanged, 'pick')} would differ (${share.toFixed(1)} %).`,
    ...notes.map((note) => colors.yellow(note)),
    ...unreadable.slice(0, MAX_LISTED).map((position) => colors.red(`Not a run.closed event: ${position}.`)),
    ...(unreadable.length > MAX_LISTED
      ? [colors.red(`… and ${count(unreadable.length - MAX_LISTED, 'more record')}.`)]
      : []),
    '',
    table(
      FIGURE_COLUMNS,
      [
        figureRow(
          'worst deviation from fair share, runs',
          { was: was.worstDeviation, whatIf: whatIf.worstDeviation },
          signed,
        ),
        {
          title: 'mean deviation, runs',
          was: was.meanDeviation.toFixed(2),
          whatIf: whatIf.meanDeviation.toFixed(2),
          who: '',
        },
        figureRow(
          'longest drought, runs',
          { was: was.longestDrought, whatIf: whatIf.longestDrought },
          String,
        ),
        ...was.roles.flatMap((role) => roleRows(role, whatIf.roles)),
      ],
      colors,
    ),
    ...(examples.length === 0 ? [] : ['', table(EXAMPLE_COLUMNS, examples, colors)]),
  ].join('\n');
};

const figureRow = (
  title: string,
  { was, whatIf }: { readonly was: Extreme; readonly whatIf: Extreme },
  format: (runs: number) => string,
): Row => ({
  title,
  was: was === null ? '-' : format(was.runs),
  whatIf: whatIf === null ? '-' : format(whatIf.runs),
  who: [was, whatIf]
    .map((figure) => (figure === null ? '-' : `${figure.userId} in ${figure.channelId}`))
    .join(', then '),
});

const signed = (runs: number): string => (runs > 0 ? `+${runs.toFixed(2)}` : runs.toFixed(2));

const roleRows = (was: RoleFigures, whatIfRoles: readonly RoleFigures[]): readonly Row[] => {
  if (was.people === 0) return [];
  const whatIf = whatIfRoles.find(({ role }) => role === was.role);
  return [
    {
      title: `made / fair share: ${was.role}`,
      was: ratio(was),
      whatIf: whatIf === undefined ? '-' : ratio(whatIf),
      who: count(was.people, 'member'),
    },
  ];
};

const ratio = ({ made, fairShare }: RoleFigures): string =>
  fairShare === 0 ? '-' : (made / fairShare).toFixed(2);

import type { FairnessFigures, Person } from '../../replay/what-if/fairness-figures.ts';
import type { WhatIfReport } from '../../replay/what-if/what-if.ts';
import type { Colors } from '../frame/output.ts';
import { count } from '../../domain/words/count.ts';
import { table } from '../text/table.ts';

export type Remarks = {
  readonly notes: readonly string[];
  /** The positions of records that are no `run.closed`. */
  readonly unreadable: readonly string[];
};

export const whatIfText = (report: WhatIfReport, { notes, unreadable }: Remarks, colors: Colors): string => {
  const { runs, channels, picksChanged, examples, was, whatIf } = report;
  const share = runs === 0 ? 0 : (100 * picksChanged) / runs;
  return [
    `${count(runs, 'run')} of ${count(channels, 'channel')} decided again: ${count(picksChanged, 'pick')} would differ (${share.toFixed(1)} %).`,
    ...notes.map((note) => colors.yellow(note)),
    ...unreadable.slice(0, 10).map((position) => colors.red(`Not a run.closed event: ${position}.`)),
    '',
    table(
      [
        { title: '' },
        { title: 'was', align: 'right' },
        { title: 'what if', align: 'right' },
        { title: 'who' },
      ],
      [
        row('worst deviation from fair share, runs', was.worstDeviation, whatIf.worstDeviation, signed),
        ['mean deviation, runs', was.meanDeviation.toFixed(2), whatIf.meanDeviation.toFixed(2), ''],
        row('longest drought, runs', was.longestDrought, whatIf.longestDrought, String),
        ...was.roles.flatMap((role, index) => roleRow(role, whatIf.roles[index])),
      ],
      colors,
    ),
    ...(examples.length === 0 ? [] : ['', exampleTable(report, colors)]),
  ].join('\n');
};

type Figure = (Person & { readonly runs: number }) | null;

const row = (title: string, was: Figure, whatIf: Figure, shown: (runs: number) => string): string[] => [
  title,
  was === null ? '-' : shown(was.runs),
  whatIf === null ? '-' : shown(whatIf.runs),
  [was, whatIf].map((it) => (it === null ? '-' : `${it.userId} in ${it.channelId}`)).join(', then '),
];

const signed = (runs: number): string => (runs > 0 ? `+${runs.toFixed(2)}` : runs.toFixed(2));

type RoleFigures = FairnessFigures['roles'][number];

const roleRow = (was: RoleFigures, whatIf: RoleFigures | undefined): string[][] =>
  was.people === 0
    ? []
    : [
        [
          `made / fair share: ${was.role}`,
          ratio(was),
          whatIf === undefined ? '-' : ratio(whatIf),
          count(was.people, 'member'),
        ],
      ];

const ratio = ({ made, fairShare }: RoleFigures): string => (made / fairShare).toFixed(2);

const exampleTable = ({ examples }: WhatIfReport, colors: Colors): string =>
  table(
    [
      { title: 'channel' },
      { title: 'run' },
      { title: 'n', align: 'right' },
      { title: 'was' },
      { title: 'what if' },
    ],
    examples.map((it) => [it.channelId, it.runId, it.sequence, it.was, it.whatIf]),
    colors,
  );

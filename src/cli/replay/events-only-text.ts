import type { Coverage } from '../../replay/events-only/audit.ts';
import type { EventDivergence } from '../../replay/events-only/divergence.ts';
import type { EventsOnlyReport } from '../../replay/events-only/report.ts';
import type { Colors } from '../frame/output.ts';
import { eventDivergenceJson } from '../json/divergence.ts';
import type { LineOf } from '../json/lines.ts';
import { count } from '../../domain/words/count.ts';
import { positionsAt } from '../../wire/position.ts';
import { sentences } from '../text/sentences.ts';
import { DIFFERENCE_COLUMNS } from '../text/short.ts';
import { type Column, table } from '../text/table.ts';
import { totalText } from './verify-text.ts';

/** The objects to print with `--json`: each listed difference, then the summary. */
export const eventsOnlyJson = (
  { listed, coverage, ...summary }: EventsOnlyReport,
  unreadable: readonly string[],
): readonly object[] => [
  ...listed.map(eventDivergenceJson),
  {
    kind: 'summary',
    ...summary,
    ...coverage,
    unreadable: positionsAt(unreadable),
  } satisfies LineOf<'replay verify'>,
];

const COLUMNS: readonly Column<EventDivergence>[] = [
  { title: 'what', cell: ({ code }) => code },
  { title: 'channel', cell: ({ channelId }) => channelId },
  { title: 'run', cell: ({ runId }) => runId },
  { title: 'n', align: 'right', cell: ({ sequence }) => sequence },
  { title: 'event at', cell: ({ position }) => position },
  { title: 'field', cell: ({ field }) => field },
  { title: 'who', cell: ({ userId }) => userId ?? '-' },
  ...DIFFERENCE_COLUMNS,
];

export const eventsOnlyText = (
  report: EventsOnlyReport,
  unreadable: readonly string[],
  colors: Colors,
): string => {
  const { listed, coverage, divergences } = report;
  const lines = sentences(
    `${count(coverage.decided, 'run')} of ${count(coverage.channels, 'channel')} decided again from ${count(coverage.events, 'event')} alone.`,
    ...uncheckedIn(coverage).map((what) => colors.yellow(`Not checked: ${what}.`)),
    coverage.forgotten > 0 &&
      `${count(coverage.forgotten, 'event')} without names and explanation: everything else was compared.`,
    ...unreadable.slice(0, 10).map((position) => colors.red(`Not a run.closed event: ${position}.`)),
    divergences === 0 && unreadable.length === 0 && colors.green('No difference.'),
    divergences > 0 && totalText(report, colors),
  );
  return [...(listed.length === 0 ? [] : [table(COLUMNS, listed, colors), '']), ...lines].join('\n');
};

/** Phrases for the facts that were taken from the events without a check. */
const uncheckedIn = (coverage: Coverage): readonly string[] => {
  const { beginInTheMiddle, peopleGiven, channelsWithPeopleGiven, windowsGiven } = coverage;
  const [first] = beginInTheMiddle;
  return sentences(
    first !== undefined &&
      `the first runs of ${count(beginInTheMiddle.length, 'channel')}, which are missing ` +
        `(${first.channelId} starts with run ${String(first.first)})`,
    peopleGiven > 0 &&
      `the numbers of ${peopleGiven === 1 ? '1 person' : `${String(peopleGiven)} people`} in ` +
        `${count(channelsWithPeopleGiven, 'channel')} after missing runs: they come from the next ranking that names ` +
        'the person',
    windowsGiven > 0 &&
      `who made the missing runs in the ${windowsGiven === 1 ? 'window' : 'windows'} of ${count(windowsGiven, 'run')}`,
  );
};

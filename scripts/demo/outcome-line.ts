import type { RunClosed, RunCloseRejected } from '../../src/domain/records.ts';
import type { Colors } from './story.ts';
import type { TailRecord } from './tail.ts';

/** One in so many closed runs is told, so that the refusals between them are seen. */
const TOLD = 8;

/** What the n-th outcome was, for people; undefined for most of the closed runs. */
export const outcomeLine = (record: TailRecord, n: number, colors: Colors): string | undefined => {
  const type = record.headers['ce_type'];
  if (type === 'run.closed')
    return n % TOLD === 0 ? closedLine(record.value as RunClosed, colors) : undefined;
  if (type === 'run.close.rejected') return rejectedLine(record.value as RunCloseRejected, colors);
  const why = record.headers['__connect.errors.exception.message'] ?? '';
  return line(colors.red('unreadable'), `in ${String(record.key)}`, `a dead letter: ${why}`);
};

const closedLine = ({ runId, runner, participantCount, fairness }: RunClosed, { green }: Colors): string => {
  const reason = fairness.reason.toLowerCase().replaceAll('_', ' ');
  return line(green('closed    '), runId, `${runner.displayName} goes for ${participantCount} (${reason})`);
};

const rejectedLine = ({ runId, reason, message }: RunCloseRejected, { yellow }: Colors): string =>
  line(yellow('refused   '), runId, `${reason}: ${message}`);

const line = (outcome: string, about: string, text: string): string =>
  `  ${outcome}  ${about.padEnd(14)}  ${text}`;

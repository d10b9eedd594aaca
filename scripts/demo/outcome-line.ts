import type { RunClosed, RunCloseRejected } from '../../src/domain/records.ts';
import type { Colors } from './story.ts';
import type { TailRecord } from './tail.ts';

/** Prints one of this many closed runs in a row, so that people see the rejections between them. */
const TOLD = 8;

/** Describes the outcomes of the commands, one after another. Of most closed runs it only says how many were left out. */
export type OutcomeLines = {
  /** Undefined if this outcome is left out for now. */
  next(record: TailRecord): string | undefined;
};

export const createOutcomeLines = (colors: Colors): OutcomeLines => {
  let closed = 0;
  let leftOut = 0;
  const told = (text: string): string => {
    const before = leftOut === 0 ? '' : `${colors.dim(leftOutText(leftOut))}\n`;
    leftOut = 0;
    return before + text;
  };
  return {
    next: (record) => {
      const type = record.headers['ce_type'];
      if (type === 'run.closed') {
        closed += 1;
        if (closed % TOLD === 1) return told(closedLine(record.value as RunClosed, colors));
        leftOut += 1;
        return undefined;
      }
      if (type === 'run.close.rejected') return told(rejectedLine(record.value as RunCloseRejected, colors));
      const why = record.headers['__connect.errors.exception.message'] ?? '';
      return told(line(colors.red('dead letter'), `in ${String(record.key)}`, why));
    },
  };
};

const leftOutText = (count: number): string =>
  `  … ${String(count)} more closed ${count === 1 ? 'run' : 'runs'} left out`;

const closedLine = ({ runId, fairness }: RunClosed, { green }: Colors): string =>
  line(green('closed     '), runId, fairness.explanation);

const rejectedLine = ({ runId, reason, message }: RunCloseRejected, { yellow }: Colors): string =>
  line(yellow('rejected   '), runId, `${reason}: ${message}`);

const line = (outcome: string, about: string, text: string): string =>
  `  ${outcome}  ${about.padEnd(14)}  ${text}`;

import type { Colors } from './story.ts';

/** Prints one of this many closed runs in a row, so that people see the rejections between them. */
const TOLD = 8;

/** Chooses among the lines that `serve` prints. Of most closed runs it only says how many were left out. */
export type OutcomeLines = {
  /** Undefined if the line tells no outcome, or is left out for now. */
  next(line: string): string | undefined;
};

export const createOutcomeLines = (colors: Colors): OutcomeLines => {
  let closed = 0;
  let leftOut = 0;
  const withLeftOut = (text: string): string => {
    const before = leftOut === 0 ? '' : `${colors.dim(leftOutText(leftOut))}\n`;
    leftOut = 0;
    return `${before}  ${text}`;
  };
  return {
    next: (line) => {
      const [outcome] = OUTCOME.exec(line) ?? [];
      if (outcome === undefined) return undefined;
      if (outcome !== 'closed') return withLeftOut(colors[COLOR[outcome] ?? 'dim'](line));
      closed += 1;
      if (closed % TOLD === 1) return withLeftOut(colors.green(line));
      leftOut += 1;
      return undefined;
    },
  };
};

const OUTCOME = /^(closed|rejected|duplicate|emitted again|dead letter)(?= )/;

const COLOR: Readonly<Record<string, 'yellow' | 'red'>> = { rejected: 'yellow', 'dead letter': 'red' };

const leftOutText = (count: number): string =>
  `  … ${String(count)} more closed ${count === 1 ? 'run' : 'runs'} left out`;

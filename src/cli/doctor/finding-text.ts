import type { Finding } from '../../operations/doctor/findings.ts';
import type { Colors } from '../frame/output.ts';
import { oneLine } from '../../domain/visible-text.ts';
import { wrapped } from '../text/width.ts';

const WIDTH = 80;
const MARGIN = 9;
const LABEL = 7;
const COLORS = { fault: 'red', warning: 'yellow', skipped: 'dim', ok: 'green' } as const;

/** One line for each check; below a fault its meaning, and what mends it. Commands are not wrapped, so that they can be copied. */
export const findingText = (finding: Finding, colors: Colors): readonly string[] => {
  const { status, check, code, message, means, advice, command } = finding;
  const [first = '', ...others] = wrapped(oneLine(`${check}: ${message}`), WIDTH - MARGIN);
  const mark = (status === 'fault' ? 'FAULT' : status).padEnd(MARGIN);
  return [
    `${colors[COLORS[status]](mark)}${first}`,
    ...others.map((line) => `${' '.repeat(MARGIN)}${line}`),
    ...(means === null ? [] : labelled('means', means)),
    ...(advice === null ? [] : labelled(command === null ? 'do' : 'note', advice)),
    ...(command === null ? [] : [`${' '.repeat(MARGIN)}${'run:'.padEnd(LABEL)}${command}`]),
    ...(code === null ? [] : labelled('more', `docs/runbook.md#${code}`)),
  ];
};

const labelled = (label: string, text: string): readonly string[] =>
  wrapped(oneLine(text), WIDTH - MARGIN - LABEL).map(
    (line, index) => `${' '.repeat(MARGIN)}${(index === 0 ? `${label}:` : '').padEnd(LABEL)}${line}`,
  );

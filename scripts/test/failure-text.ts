import Mocha from 'mocha';

const { Base } = Mocha.reporters;

const MAX_LINES = 40;
const STACK_LINES = 6;

/** One failed test: its title, the message, how the values differ, the causes, and where it happened. At most 40 lines. */
export const failureText = (title: string, error: Error): string => {
  const stack = placesOf(error).slice(0, STACK_LINES);
  const lines = [title, ...wordsOf(error)].flatMap((text) => text.trimEnd().split('\n'));
  const most = MAX_LINES - stack.length;
  const shown =
    lines.length <= most ? lines : [...lines.slice(0, most - 1), `… ${lines.length - most + 1} more lines`];
  return [...shown, ...stack].join('\n');
};

const wordsOf = (error: Error): string[] => [
  error.message,
  ...difference(error),
  ...(error.cause instanceof Error
    ? [`because of: ${error.cause.message}`, ...wordsOf(error.cause).slice(1)]
    : []),
];

const difference = (error: Error & { actual?: unknown; expected?: unknown }): string[] =>
  // Mocha has converted both into text, unless it would not show a difference.
  typeof error.actual === 'string' && typeof error.expected === 'string'
    ? [Base.generateDiff(error.actual, error.expected).trim()]
    : [];

const placesOf = ({ stack = '' }: Error): string[] =>
  stack.split('\n').filter((line) => /^\s+at /.test(line));

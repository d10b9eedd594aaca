import type { Entry } from './month.ts';
import { recount } from './recount.ts';
import type { Story } from './story.ts';
import type { TailRecord } from './tail.ts';

/** Prints the counts of commands and outcomes. Returns true if every command has exactly the outcome that the month says. */
export const tellRecount = (
  records: readonly TailRecord[],
  entries: readonly Entry[],
  topicPrefix: string,
  { say, colors }: Story,
): boolean => {
  const { outcomes, faults } = recount(records, topicPrefix);
  const count = (which: (outcome: string) => boolean): number =>
    [...outcomes].filter(([outcome]) => which(outcome)).reduce((sum, [, times]) => sum + times, 0);
  const rows = [
    [entries.length, 'commands in'],
    [count((outcome) => outcome === 'closed'), 'closed: each has one run.closed and one run.summary'],
    [
      count((outcome) => /^[A-Z_]+$/.test(outcome)),
      'rejected: each has one run.close.rejected, with the reason',
    ],
    [count((outcome) => outcome === 'dead-letter'), 'dead letter: a record that is no command'],
    [count((outcome) => outcome === 'duplicate'), 'duplicates: published twice, so nothing more was emitted'],
  ] as const;
  for (const [times, what] of rows) say(`${String(times).padStart(5)}  ${what}`);

  const differences = [...faults, ...differencesBetween(outcomes, entries)];
  for (const difference of differences) say(colors.red(`  WRONG  ${difference}`));
  if (differences.length === 0) say(colors.bold(colors.green('       Nothing lost, nothing doubled.')));
  return differences.length === 0;
};

const differencesBetween = (found: ReadonlyMap<string, number>, entries: readonly Entry[]): string[] => {
  const expected = new Map<string, number>();
  for (const { outcome } of entries) expected.set(outcome, (expected.get(outcome) ?? 0) + 1);
  return [...new Set([...expected.keys(), ...found.keys()])]
    .map((outcome) => ({ outcome, wanted: expected.get(outcome) ?? 0, actual: found.get(outcome) ?? 0 }))
    .filter(({ wanted, actual }) => wanted !== actual)
    .map(({ outcome, wanted, actual }) => `${outcome}: ${actual} instead of ${wanted}`);
};

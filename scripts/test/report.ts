import type { Counts } from './counts.ts';

/** The result of one run of mocha. */
export type Report = {
  readonly counts: Counts;
  /** The failed tests, each with its file, its title and the error. */
  readonly failures: readonly string[];
  /** How long each file took, in seconds. */
  readonly seconds: Readonly<Record<string, number>>;
};

/** Several runs as if they were one. */
export const addUp = (reports: readonly Report[]): Report => ({
  counts: {
    passed: reports.reduce((sum, { counts }) => sum + counts.passed, 0),
    failed: reports.reduce((sum, { counts }) => sum + counts.failed, 0),
  },
  failures: reports.flatMap(({ failures }) => failures),
  seconds: Object.assign({}, ...reports.map(({ seconds }) => seconds)) as Report['seconds'],
});

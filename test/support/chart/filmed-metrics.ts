/** Makes a test for promtool from what `/metrics` really said before, during and after a fault. */
import type { Series } from './alerts.ts';

/** One answer of `/metrics`, by series with its labels; a target that does not answer has none. */
export type Scrape = ReadonlyMap<string, number>;

export type Film = {
  readonly before: Scrape;
  /** Two scrapes while the fault lasted, or none if the target was gone. */
  readonly during: readonly [Scrape, Scrape] | 'gone';
  readonly after: Scrape;
};

/** Steps of 15 seconds: five minutes before the fault, ten minutes of fault, half an hour after it. */
const STEPS = { before: 20, during: 40, after: 120 };
const STEP_SECONDS = 15;

export const scrapeOf = (text: string): Scrape =>
  new Map(
    [...text.matchAll(/^(runclose_\w+|process_start_time_seconds)(\{.*\})? (\S+)$/gm)]
      .filter(([, name = '']) => !name.endsWith('_bucket'))
      .map(([, name = '', labels = '{}', value]) => [`${name}${withTarget(labels)}`, Number(value)]),
  );

const withTarget = (labels: string): string =>
  `{namespace="coffee",job="demo-runclose",instance="a"${labels === '{}' ? '' : `,${labels.slice(1, -1)}`}}`;

/**
 * The series of a film. The fault lasts longer than it was filmed: a number of seconds that grew between the two scrapes keeps growing, as
 * a clock does.
 */
export const seriesOf = ({ before, during, after }: Film): Series => {
  const [first, second] = during === 'gone' ? [undefined, undefined] : during;
  const names = new Set([before, second ?? before, after].flatMap((scrape) => [...scrape.keys()]));
  return Object.fromEntries(
    [...names].map((name) => {
      const [earlier, later] = [first?.get(name), second?.get(name)];
      const grows =
        /_seconds\{/.test(name) && earlier !== undefined && later !== undefined && later > earlier;
      const parts = [
        part(before.get(name), STEPS.before, 0),
        part(later, STEPS.during, grows ? STEP_SECONDS : 0),
        part(after.get(name), STEPS.after, 0),
      ];
      return [name, parts.join(' ')];
    }),
  );
};

const part = (value: number | undefined, steps: number, slope: number): string =>
  value === undefined
    ? `stale _x${String(steps - 1)}`
    : `${String(value)}+${String(slope)}x${String(steps - 1)}`;

/** Moves points in time, so that the first scrape is at time 0 of the test. */
export const atTestTime = (scrape: Scrape, zero: number): Scrape =>
  new Map(
    [...scrape].map(([name, value]) => [
      name,
      /^(process_start_time|\w+_timestamp)_seconds\{/.test(name) ? Math.round(value - zero) : value,
    ]),
  );

/**
 * How long test files take, in seconds on two cores, so that the long ones start first. `npm test -- --note-durations` keeps this up to
 * date. A file that is not in the list still runs, only not at the best moment.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../stack/folders.ts';
import { kindOf, tierOf } from './tiers.ts';

type Durations = Readonly<Record<string, number>>;

const FILE = join(root, 'scripts/test/durations.json');

export const readDurations = (): Durations => JSON.parse(readFileSync(FILE, 'utf8')) as Durations;

/** Records the durations of the files that have just run, and drops files that are gone. */
export const noteDurations = (measured: Durations): void => {
  const known = Object.entries({ ...readDurations(), ...measured })
    .filter(([file, seconds]) => matters(file, seconds) && existsSync(join(root, file)))
    .map(([file, seconds]) => [file, Math.round(seconds)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  writeFileSync(FILE, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
};

/** Short files are recorded only if they are shorter than usual. */
const matters = (file: string, seconds: number): boolean =>
  Math.round(seconds) >= 1 || kindOf(tierOf(file)).usualSeconds > 1;

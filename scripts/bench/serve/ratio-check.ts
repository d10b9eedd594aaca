import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../stack/folders.ts';
import type { Measured } from '../part.ts';
import { BACKLOG } from './backlog.ts';

const FILE = join(root, 'scripts/bench/serve/ratio.json');
/** Chance alone does not lower the ratio by a third. */
const MIN_SHARE = 2 / 3;

export type RatioVerdict = { readonly kind: 'held' | 'fell'; readonly words: string };

/** The ratio of `serve` to the ceiling, as `--quick` measures it. Throws if it was not measured. */
export const ratioIn = (measured: readonly Measured[]): number => {
  const row = measured.find(({ part }) => part === BACKLOG)?.rows.find(({ what }) => what === 'serve');
  const ratio = row?.['of ceiling'];
  if (typeof ratio !== 'number') throw new Error('serve was not measured beside the ceiling');
  return ratio;
};

export const judgeRatio = (ratio: number, noted: number): RatioVerdict => {
  const least = MIN_SHARE * noted;
  const figures = `serve does ${ratio.toFixed(2)} of the ceiling; ${noted.toFixed(2)} is noted, ${least.toFixed(2)} the least`;
  return ratio >= least
    ? { kind: 'held', words: `${figures}.` }
    : { kind: 'fell', words: `${figures}: find what became slower, or note the new ratio with --note-ratio` };
};

export const notedRatio = async (): Promise<number> =>
  (JSON.parse(await readFile(FILE, 'utf8')) as { ofCeiling: number }).ofCeiling;

export const noteRatio = (ratio: number): Promise<void> =>
  writeFile(FILE, `{ "ofCeiling": ${ratio.toFixed(2)} }\n`);

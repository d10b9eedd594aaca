import type { Progress } from '../stack/progress.ts';
import type { BenchOptions } from './options.ts';

/** SVG that needs nothing but itself. */
export type Picture = { readonly file: string; readonly svg: string };

/** What was measured of one part of the program: a table of figures, each row with its ratios. */
export type Measured = {
  readonly part: string;
  /** What the ratios are to. */
  readonly beside: string;
  readonly picture?: Picture;
  readonly rows: readonly Readonly<Record<string, number | string>>[];
};

export type PartDeps = Pick<BenchOptions, 'size' | 'against' | 'growth'> & {
  /** Its own for as long as it runs, and removed behind it. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Rejects where something could not be measured; a slow one is no failure. */
export type Part = (deps: PartDeps) => Promise<readonly Measured[]>;

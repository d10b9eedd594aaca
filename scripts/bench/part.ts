import type { Progress } from '../stack/progress.ts';
import type { BenchOptions } from './options.ts';

/** A self-contained SVG. */
export type Picture = { readonly file: string; readonly svg: string };

/** The measurement of one part of the program: a table of figures, each row with its ratios. */
export type Measured = {
  readonly part: string;
  /** The reference of the ratios. */
  readonly beside: string;
  readonly picture?: Picture;
  readonly rows: readonly Readonly<Record<string, number | string>>[];
};

export type PartDeps = Pick<BenchOptions, 'size' | 'against' | 'growth'> & {
  /** Belongs to this run, and is removed at the end. */
  readonly folder: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Rejects if a measurement failed. A slow result is no failure. */
export type Part = (deps: PartDeps) => Promise<readonly Measured[]>;

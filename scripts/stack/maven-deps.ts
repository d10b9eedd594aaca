import type { Progress } from './progress.ts';

/** The dependencies of functions that fetch files. */
export type MavenDeps = { readonly progress: Progress; readonly signal: AbortSignal };

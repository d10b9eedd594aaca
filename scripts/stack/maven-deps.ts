import type { Progress } from './progress.ts';

/** What fetching files takes. */
export type MavenDeps = { readonly progress: Progress; readonly signal: AbortSignal };

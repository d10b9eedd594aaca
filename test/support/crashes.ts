import { fileURLToPath } from 'node:url';
import { UNCOUNTED_IN_COVERAGE, type Launch } from './serve-process.ts';

export type Crash = 'ends by itself' | 'fails where nobody waits' | 'uses up its memory' | 'hangs';

/** The arguments that start a deployment's `serve` so that a worker crashes. */
export const withCrash = (
  crash: Crash,
  workers: number,
): [env: Readonly<Record<string, string>>, launch: Launch] => [
  { CRASH: crash, SERVE_WORKERS: String(workers), ...UNCOUNTED_IN_COVERAGE },
  {
    main: fileURLToPath(new URL('crashing-serve.ts', import.meta.url)),
    nodeArguments: ['--max-old-space-size=200', '--import', 'tsx'],
  },
];

import { fileURLToPath } from 'node:url';
import { UNCOUNTED_IN_COVERAGE, type Launch } from './serve-process.ts';

/** Where the bug of `faulty-serve.ts` is. */
export const BUGS = [
  'in the handler',
  'while it decides',
  'between the two commits',
  'that nobody waits for',
] as const;

export type Bug = (typeof BUGS)[number];

/** How a deployment's `serve` is started with a bug. */
export const withBug = (bug: Bug): [env: Readonly<Record<string, string>>, launch: Launch] => [
  { BUG: bug, ...UNCOUNTED_IN_COVERAGE },
  {
    main: fileURLToPath(new URL('faulty-serve.ts', import.meta.url)),
    nodeArguments: ['--import', 'tsx'],
  },
];

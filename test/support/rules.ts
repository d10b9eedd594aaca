import { fileURLToPath } from 'node:url';
import { UNCOUNTED_IN_COVERAGE, type Launch } from './serve-process.ts';

/** The rules that `broken-serve.ts` can leave out. */
export type Rule = 'offset check' | 'source check' | 'tail read';

/** The arguments that start a deployment's `serve` without a rule. */
export const without = (rule: Rule): [env: Readonly<Record<string, string>>, launch: Launch] => [
  { WITHOUT: rule, ...UNCOUNTED_IN_COVERAGE },
  {
    main: fileURLToPath(new URL('broken-serve.ts', import.meta.url)),
    nodeArguments: ['--import', 'tsx'],
  },
];

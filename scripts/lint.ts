/** `npm run lint`: all checks that do not run the code, except its types (`npm run types`). */
import { runChecks, tool } from './checks/run-checks.ts';

process.exitCode = await runChecks([
  { name: 'code (eslint)', args: tool('eslint/bin/eslint.js', '.') },
  { name: 'dependencies (dependency-cruiser)', args: ['--import', 'tsx', 'scripts/lint/dependencies.ts'] },
  { name: 'plain words', args: ['--import', 'tsx', 'scripts/lint/words.ts'] },
  {
    name: 'spelling (cspell)',
    args: tool('cspell/bin.mjs', 'lint', '--no-progress', '--no-summary', '--quiet'),
  },
  { name: 'dead code (knip)', args: tool('knip/bin/knip.js') },
  {
    name: 'format (prettier)',
    args: tool('prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'),
  },
]);

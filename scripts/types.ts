/** `npm run types`: compiles the shipped code, the domain by itself, and everything together. */
import { runChecks, tool } from './checks/run-checks.ts';

const compile = (project: string) =>
  tool('typescript/bin/tsc', '--project', project, '--noEmit', '--incremental', 'false');

process.exitCode = await runChecks([
  { name: 'src as it is shipped', args: compile('tsconfig.json') },
  { name: 'the domain, without impure types', args: compile('src/domain') },
  { name: 'src, scripts and tests', args: compile('test') },
]);

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../stack/folders.ts';
import type { Counts } from './counts.ts';

const SECONDS_TO_END = 15;

/**
 * What `npx mocha` gives its Node. Tests are imported and not required: as ES modules they meet the same instance of a module as the
 * code does that imports it dynamically.
 */
const NODE_OPTIONS = (
  JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8')) as { 'node-option': string[] }
)['node-option'].map((option) => `--${option}`);

export type MochaRun = {
  readonly node: string;
  readonly args: readonly string[];
  readonly variables: Record<string, string>;
  readonly signal: AbortSignal;
};

/**
 * Runs mocha once, in one process. A process that goes on after its last test has left a timer, a socket or a child behind:
 * that counts as a failure, and so does one that ends without a result.
 */
export const runMocha = ({ node, args, variables, signal }: MochaRun): Promise<Counts> =>
  new Promise((resolve, reject) => {
    const mocha = spawn(node, [...NODE_OPTIONS, join(root, 'node_modules/mocha/lib/cli/cli.js'), ...args], {
      cwd: root,
      // Programs that the tests start by name run on the same Node.
      env: { ...process.env, ...variables, PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}` },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    let counts: Counts | undefined;
    let overtime: NodeJS.Timeout | undefined;
    const interrupt = (): boolean => mocha.kill('SIGINT');
    signal.addEventListener('abort', interrupt);
    mocha.on('error', reject);
    mocha.on('message', (message) => {
      counts = message as Counts;
      overtime = setTimeout(() => mocha.kill('SIGKILL'), SECONDS_TO_END * 1000);
    });
    mocha.on('exit', (code, killedBy) => {
      clearTimeout(overtime);
      signal.removeEventListener('abort', interrupt);
      resolve(verdict(counts, code, killedBy));
    });
  });

const verdict = (counts: Counts | undefined, code: number | null, killedBy: string | null): Counts => {
  if (counts === undefined) {
    process.stderr.write(`mocha ended with ${String(code ?? killedBy)} before it had a result.\n`);
    return { passed: 0, failed: 1 };
  }
  if (killedBy === 'SIGKILL') {
    process.stderr.write(
      `The tests were over, but ${SECONDS_TO_END} s later something still kept their process alive.\n`,
    );
    return { ...counts, failed: counts.failed + 1 };
  }
  // Mocha fails for more than failed tests: none found, or one left pending.
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
};

import { spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../stack/folders.ts';
import type { Report } from './report.ts';

const SECONDS_TO_END = 15;

/**
 * The options of Node, as with `npx mocha`. Tests are imported, not required: then tests and code that imports dynamically share the same
 * instance of a module.
 */
const NODE_OPTIONS = (
  JSON.parse(readFileSync(join(root, '.mocharc.json'), 'utf8')) as { 'node-option': string[] }
)['node-option'].map((option) => `--${option}`);

export type MochaRun = {
  readonly node: string;
  readonly args: readonly string[];
  readonly files: readonly string[];
  readonly variables: Record<string, string>;
  readonly signal: AbortSignal;
  /** `in one piece`: print when the run ends, so that parallel runs do not mix their lines. */
  readonly output: 'as it comes' | 'in one piece';
};

/**
 * Runs mocha once, in one process. If the process keeps running after its last test, the tests have left a timer, a socket or a child
 * behind: that counts as a failure. An end without a result counts as a failure, too.
 */
export const runMocha = ({ node, args, files, variables, signal, output }: MochaRun): Promise<Report> =>
  new Promise((resolve) => {
    const outputFile = output === 'in one piece' ? createOutputFile() : undefined;
    const mocha = spawn(
      node,
      [...NODE_OPTIONS, join(root, 'node_modules/mocha/lib/cli/cli.js'), ...args, ...files],
      {
        cwd: root,
        // Programs that the tests start by name run on the same Node.
        env: { ...process.env, ...variables, PATH: `${dirname(node)}:${process.env['PATH'] ?? ''}` },
        stdio: ['ignore', outputFile?.descriptor ?? 'inherit', outputFile?.descriptor ?? 'inherit', 'ipc'],
      },
    );
    let report: Report | undefined;
    let overtime: NodeJS.Timeout | undefined;
    const interrupt = (): boolean => mocha.kill('SIGINT');
    signal.addEventListener('abort', interrupt);
    mocha.on('error', (error) => {
      resolve(failed(files, `mocha could not be started: ${error.message}`));
    });
    mocha.on('message', (message) => {
      report = message as Report;
      overtime = setTimeout(() => mocha.kill('SIGKILL'), SECONDS_TO_END * 1000);
    });
    mocha.on('exit', (code, killedBy) => {
      clearTimeout(overtime);
      signal.removeEventListener('abort', interrupt);
      if (outputFile !== undefined) process.stdout.write(outputFile.take());
      resolve(verdict(files, report, code, killedBy));
    });
  });

/** A file instead of a pipe: a process that a test has left behind would hold a pipe open. */
const createOutputFile = (): { readonly descriptor: number; take(): Buffer } => {
  const folder = mkdtempSync(join(tmpdir(), 'runclose-tests-'));
  const file = join(folder, 'output');
  const descriptor = openSync(file, 'w');
  return {
    descriptor,
    take: () => {
      closeSync(descriptor);
      const output = readFileSync(file);
      rmSync(folder, { recursive: true });
      return output;
    },
  };
};

const verdict = (
  files: readonly string[],
  report: Report | undefined,
  code: number | null,
  killedBy: string | null,
): Report => {
  const ended = `mocha ended with ${String(code ?? killedBy)}`;
  if (report === undefined) return failed(files, `${ended} before it had a result`);
  if (killedBy === 'SIGKILL') {
    const problem = `the tests were over, but ${SECONDS_TO_END} s later something still kept their process alive`;
    return failed(files, problem, report);
  }
  // Mocha also fails without a failed test, for example if it finds no test.
  return code !== 0 && report.counts.failed === 0
    ? failed(files, `${ended}, though no test failed`, report)
    : report;
};

const failed = (
  files: readonly string[],
  why: string,
  { counts, failures, seconds }: Report = NOTHING,
): Report => ({
  counts: { ...counts, failed: counts.failed + 1 },
  failures: [...failures, `${files.join(' ')}: ${why}`],
  seconds,
});

const NOTHING: Report = { counts: { passed: 0, failed: 0 }, failures: [], seconds: {} };

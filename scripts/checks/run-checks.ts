import { spawn } from 'node:child_process';
import { join } from 'node:path';
import Table from 'cli-table3';
import { root } from '../stack/folders.ts';

export type Check = {
  readonly name: string;
  /** Arguments of this Node: the script of a tool and its arguments. */
  readonly args: readonly string[];
};

/** A tool of this project, by the path of its script. */
export const tool = (path: string, ...args: readonly string[]): readonly string[] => [
  join(root, 'node_modules', path),
  ...args,
];

/** Runs all checks, as many at a time as is useful. Prints the output of the failed ones, and a table. Returns the exit code. */
export const runChecks = async (checks: readonly Check[]): Promise<number> => {
  const waiting = [...checks];
  const results: Result[] = [];
  const work = async (): Promise<void> => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift())
      results.push(await runCheck(check));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  const failed = results.filter(({ passed }) => !passed);
  for (const { name, output } of failed) process.stdout.write(`\n── ${name}\n${output.trimEnd()}\n`);
  const table = new Table({ head: ['check', 'seconds', ''], style: { head: [], border: [] } });
  for (const { name, seconds, passed } of results)
    table.push([name, seconds.toFixed(1), passed ? 'ok' : 'failed']);
  process.stdout.write(`\n${table.toString()}\n`);
  return failed.length === 0 ? 0 : 1;
};

/** More checks at a time would compete for memory, because each one reads the whole project. */
const AT_ONCE = 2;

type Result = {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  readonly output: string;
};

const runCheck = ({ name, args }: Check): Promise<Result> =>
  new Promise((resolve, reject) => {
    const begun = Date.now();
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('error', reject);
    child.on('close', (code) =>
      resolve({ name, passed: code === 0, seconds: (Date.now() - begun) / 1000, output }),
    );
  });

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { until } from './condition.ts';

type Environment = Readonly<Record<string, string>>;

/** How a process is started: by default the product's own entry. */
export type Launch = {
  readonly main?: string;
  /** Arguments for node itself. */
  readonly nodeArguments?: readonly string[];
};

type LogLine = Readonly<Record<string, unknown>>;

/** A `runclose serve` in a process of its own. */
export type Serving = {
  readonly pid: number;
  /** The log so far, one object a line. */
  readonly log: readonly LogLine[];
  readonly httpPort: number;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code; null if a signal ended the process. */
  readonly exited: Promise<number | null>;
};

export type ServeProcess = Omit<Serving, 'httpPort'> & {
  /** Resolves when `serve` is ready; rejects if the process ends before. */
  readonly ready: Promise<Serving>;
};

const BUILT_MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const STARTED_WITHIN_MS = 60_000;

/**
 * For processes that run the same sources, but compiled differently. V8 would add up the coverage by positions in the text, and these
 * positions differ.
 */
export const UNCOUNTED_IN_COVERAGE = { NODE_V8_COVERAGE: '' } as const;

export const startProcess = (
  args: readonly string[],
  env: Environment,
  { main = BUILT_MAIN, nodeArguments = [] }: Launch = {},
) =>
  spawn(process.execPath, [...nodeArguments, main, ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

/** Follows a process that was started as `serve`. */
export const followServe = (child: ReturnType<typeof startProcess>): ServeProcess => {
  const log: LogLine[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => log.push(JSON.parse(line) as LogLine));
  const exited = exitOf(child);
  const problems = text(child.stderr);
  const running = {
    pid: child.pid ?? 0,
    log,
    exited,
    signal: (name: NodeJS.Signals) => void child.kill(name),
  };

  const isServing = (line: LogLine): boolean => line['msg'] === 'serving';
  // Stop waiting for a process that has ended: waiting would keep the process of the tests alive.
  let hasEnded = false;
  const failed = Promise.all([exited, problems]).then(([code, complaint]): never => {
    hasEnded = true;
    throw new Error(`serve ended with ${String(code)}: ${complaint}`);
  });
  failed.catch(() => undefined);
  const serves = until('the processor serves', () => hasEnded || log.some(isServing), STARTED_WITHIN_MS);
  const ready = Promise.race([failed, serves]).then(() => ({
    ...running,
    httpPort: Number(log.find(isServing)?.['httpPort']),
  }));
  ready.catch(() => undefined);
  return { ...running, ready };
};

export const exitOf = async (child: ChildProcess): Promise<number | null> => {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
};

/** Waits until a process has logged a failure or an alarm of this code. */
export const untilLogged = (
  serving: Pick<Serving, 'log'>,
  code: string,
  deadlineMs?: number,
): Promise<void> =>
  until(`${code} is logged`, () => serving.log.some((line) => codeOf(line) === code), deadlineMs);

/** The code of the failure or the alarm in a log line. */
const codeOf = ({ code, err }: LogLine): unknown => code ?? (err as LogLine | undefined)?.['code'];

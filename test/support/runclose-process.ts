import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

export type RuncloseProcess = {
  /** All output so far. */
  stdout(): string;
  stderr(): string;
  interrupt(): void;
  /** Sends SIGTERM, as a container engine does. */
  terminate(): void;
  /** Sends SIGKILL, as `kill -9` does. */
  kill(): void;
  /** Stops reading stdout, like a reader that has seen enough. */
  stopReading(): void;
  readonly ended: Promise<Ended>;
};

/** Starts the real command line in a process of its own, with only this environment. */
export const startRunclose = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): RuncloseProcess => {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env['PATH'], ...env } });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const closed = once(child, 'close') as Promise<[number | null]>;
  return {
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    interrupt: () => child.kill('SIGINT'),
    terminate: () => child.kill('SIGTERM'),
    kill: () => child.kill('SIGKILL'),
    stopReading: () => child.stdout.destroy(),
    ended: closed.then(([code]) => ({ code, ...output })),
  };
};

export const runRunclose = (
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = '',
): Promise<Ended> => startRunclose(args, env, stdin).ended;

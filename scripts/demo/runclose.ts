import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { root } from '../stack/folders.ts';

/** The command line of this checkout, as a person would use it. */
export interface Runclose {
  /** Runs to its end; what it prints is seen. Rejects, with what it said, when it fails. */
  show: (args: readonly string[]) => Promise<void>;
  /** Runs to its end and returns what it printed. Rejects likewise. */
  read: (args: readonly string[]) => Promise<string>;
}

export type RuncloseDeps = {
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

export const createRunclose = ({ variables, signal }: RuncloseDeps): Runclose => {
  const run = async (args: readonly string[], stdout: 'inherit' | 'pipe'): Promise<string> => {
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
      cwd: root,
      env: { ...process.env, ...variables },
      signal,
      stdio: ['ignore', stdout, 'pipe'],
    });
    const [code, printed, said] = await Promise.all([
      exitOf(child),
      readAll(child.stdout),
      readAll(child.stderr),
    ]);
    if (code !== 0) throw new Error(`runclose ${args.join(' ')} ended with ${String(code)}:\n${said}`);
    return printed;
  };
  return {
    show: async (args) => {
      await run(args, 'inherit');
    },
    read: (args) => run(args, 'pipe'),
  };
};

const exitOf = async (child: ChildProcess): Promise<number | null> => {
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
};

const readAll = (stream: NodeJS.ReadableStream | null): Promise<string> =>
  stream === null ? Promise.resolve('') : text(stream);

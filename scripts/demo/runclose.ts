import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { root } from '../stack/folders.ts';

/** The command line of this checkout, as a person would use it. */
export interface Runclose {
  /** Runs a command to its end and shows its output. Rejects if the command fails. */
  show: (args: readonly string[]) => Promise<void>;
  /** Runs a command to its end and returns the lines that it printed. Rejects with its output if the command fails. */
  read: (args: readonly string[]) => Promise<string[]>;
  /** Runs a command until it is aborted, and passes on each line. Rejects if the command ends before. */
  follow: (args: readonly string[], take: (line: string) => void, until: AbortSignal) => Promise<void>;
}

export type RuncloseDeps = {
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

export const createRunclose = ({ variables, signal }: RuncloseDeps): Runclose => {
  const start = (args: readonly string[], output: 'inherit' | 'pipe', until: AbortSignal): ChildProcess =>
    spawn(process.execPath, [join(root, 'dist/cli/main.js'), ...args], {
      cwd: root,
      env: { ...process.env, ...variables },
      signal: until,
      stdio: ['ignore', output, output],
    });

  return {
    show: async (args) => {
      const child = start(args, 'inherit', signal);
      await success(child, args);
    },
    read: async (args) => {
      const child = start(args, 'pipe', signal);
      const [printed] = await Promise.all([textOf(child.stdout), success(child, args)]);
      return printed.split('\n').filter(Boolean);
    },
    follow: async (args, take, until) => {
      const child = start(args, 'pipe', AbortSignal.any([signal, until]));
      if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', take);
      try {
        await success(child, args);
        throw new Error(`runclose ${args.join(' ')} ended by itself`);
      } catch (error) {
        if (!until.aborted) throw error;
      }
    },
  };
};

const success = async (child: ChildProcess, args: readonly string[]): Promise<void> => {
  const [said, exit] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
  const [code] = exit as [number | null];
  if (code !== 0) throw new Error(`runclose ${args.join(' ')} ended with ${String(code)}:\n${said}`);
};

const textOf = (stream: NodeJS.ReadableStream | null): Promise<string> =>
  stream === null ? Promise.resolve('') : text(stream);

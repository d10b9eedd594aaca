import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { root } from '../stack/folders.ts';

/** The resources that a process used, with all its threads. */
export type Usage = { readonly seconds: number; readonly cpuSeconds: number; readonly maxRssBytes: number };

export type ProgramDeps = {
  /** The folder for a small temporary file. */
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Variables in addition to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
};

/** Runs a Node program to its end in a process of its own. Rejects with its output if it fails. */
export const runProgram = async (
  args: readonly string[],
  { folder, signal, env = {} }: ProgramDeps,
): Promise<Usage> => {
  const usageFile = join(folder, 'usage.json');
  const preload = pathToFileURL(join(root, 'scripts/bench/report-usage.mjs')).href;
  const begun = performance.now();
  const child = spawn(process.execPath, ['--import', preload, ...args], {
    cwd: root,
    env: { ...process.env, ...env, RUNCLOSE_USAGE_FILE: usageFile },
    signal,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const [said, exit] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  const seconds = (performance.now() - begun) / 1000;
  const [code] = exit as [number | null];
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${String(code)}:\n${said}`);
  const usage = JSON.parse(await readFile(usageFile, 'utf8')) as Omit<Usage, 'seconds'>;
  await rm(usageFile);
  return { seconds, ...usage };
};

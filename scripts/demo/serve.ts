import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning } from '../process-identity.mjs';
import type { ProcessIdentity } from '../process-identity.mjs';
import { root } from '../stack/folders.ts';
import { endProcess, tailOf } from '../stack/processes.ts';
import { serveLogFile } from './sandbox.ts';

/** One `runclose serve` at a time, as a process of its own. */
export interface DemoServe {
  /** Resolves with the process id when `serve` is ready. Rejects with the end of its log if it ends before. */
  start: () => Promise<number>;
  /** Kills the process as a crash would. Resolves with the id of the killed process. */
  kill: () => Promise<number>;
}

export type DemoServeDeps = {
  readonly variables: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Called before anything else can happen, because only recorded processes are ended later. */
  readonly onStarted: (serve: ProcessIdentity) => void;
};

const READY_SECONDS = 60;

export const createDemoServe = ({ variables, signal, onStarted }: DemoServeDeps): DemoServe => {
  let running: ProcessIdentity | undefined;
  return {
    start: async () => {
      running = spawnServe(variables);
      onStarted(running);
      await untilReady(running, `http://127.0.0.1:${variables['HTTP_PORT'] ?? ''}/health/ready`, signal);
      return running.pid;
    },
    kill: async () => {
      if (running === undefined) throw new Error('killing runclose serve: it was not started');
      process.kill(running.pid, 'SIGKILL');
      while (isRunning(running)) await sleep(10);
      return running.pid;
    },
  };
};

export const stopServe = (serve: ProcessIdentity): Promise<void> => endProcess(serve, ['SIGTERM']);

/** Starts the process in a session of its own, so that no Ctrl-C of this terminal reaches it. Appends to its log. */
const spawnServe = (variables: Readonly<Record<string, string>>): ProcessIdentity => {
  const log = openSync(serveLogFile, 'a');
  try {
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'serve'], {
      cwd: root,
      env: { ...process.env, ...variables, LOG_FORMAT: 'pretty' },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    const identity = child.pid === undefined ? undefined : identify(child.pid);
    if (identity === undefined)
      throw new Error(`starting runclose serve: it ended at once; see ${serveLogFile}`);
    return identity;
  } finally {
    closeSync(log);
  }
};

const untilReady = async (serve: ProcessIdentity, url: string, signal: AbortSignal): Promise<void> => {
  const deadline = Date.now() + READY_SECONDS * 1000;
  while (isRunning(serve) && Date.now() < deadline) {
    const timeout = AbortSignal.timeout(2_000);
    const answer = await fetch(url, { signal: AbortSignal.any([signal, timeout]) }).catch(() => null);
    signal.throwIfAborted();
    if (answer?.ok === true) return;
    await sleep(100, undefined, { signal });
  }
  const trouble = isRunning(serve) ? `is not ready after ${READY_SECONDS} s` : 'has ended';
  throw new Error(`runclose serve ${trouble}; the end of ${serveLogFile}:\n${tailOf(serveLogFile)}`);
};

import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning } from '../process-identity.mjs';
import type { ProcessIdentity } from '../process-identity.mjs';
import { root } from '../stack/folders.ts';
import { endProcess, tailOf } from '../stack/processes.ts';
import { serveLogFile } from './sandbox.ts';

const READY_SECONDS = 60;

/** Starts `runclose serve` in a session of its own, where no Ctrl-C of this terminal reaches it. Its log is appended. */
export const startServe = (variables: Readonly<Record<string, string>>): ProcessIdentity => {
  const log = openSync(serveLogFile, 'a');
  try {
    const child = spawn(process.execPath, [join(root, 'dist/cli/main.js'), 'serve'], {
      cwd: root,
      env: { ...process.env, ...variables },
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

/** Resolves when it says that it is ready; rejects, with the end of its log, when it ends before that. */
export const untilReady = async (
  serve: ProcessIdentity,
  variables: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<void> => {
  const url = `http://127.0.0.1:${variables['HTTP_PORT'] ?? ''}/health/ready`;
  const deadline = Date.now() + READY_SECONDS * 1000;
  while (isRunning(serve) && Date.now() < deadline) {
    const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) }).catch(
      () => null,
    );
    signal.throwIfAborted();
    if (answer?.ok === true) return;
    await sleep(100, undefined, { signal });
  }
  const trouble = isRunning(serve) ? `is not ready after ${READY_SECONDS} s` : 'has ended';
  throw new Error(`runclose serve ${trouble}; the end of ${serveLogFile}:\n${tailOf(serveLogFile)}`);
};

/** As a crash does it: no chance to finish anything. */
export const killServe = async (serve: ProcessIdentity): Promise<void> => {
  if (isRunning(serve)) process.kill(serve.pid, 'SIGKILL');
  while (isRunning(serve)) await sleep(10);
};

export const stopServe = (serve: ProcessIdentity): Promise<void> => endProcess(serve, ['SIGTERM']);

import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning, type ProcessIdentity } from '../process-identity.mjs';
import { descendantsOf } from './process-tree.ts';
import type { Launch } from './server.ts';

const PATIENCE_SECONDS = 15;

/** The server ended before it answered, often because its predecessor still holds its data for a moment. */
export class EndedAtOnce extends Error {
  override readonly name = 'EndedAtOnce';
}

/** Starts a process that outlives this one and its terminal, in a session of its own, with its output in a file. */
export const startDetached = ({ command, args, cwd, account }: Launch, logFile: string): ProcessIdentity => {
  if (existsSync(logFile)) renameSync(logFile, `${logFile}.previous`);
  const log = openSync(logFile, 'w');
  try {
    const child = spawn(command, args, { cwd, ...account, detached: true, stdio: ['ignore', log, log] });
    // Without a listener, a command that cannot be run would end this process. Below, it is noticed because it has no id.
    child.on('error', () => undefined);
    child.unref();
    if (child.pid === undefined) throw new Error(`starting ${command}: it cannot be run`);
    const identity = identify(child.pid);
    if (identity === undefined)
      throw new EndedAtOnce(`starting ${command}: it ended at once; see ${logFile}`);
    return identity;
  } finally {
    closeSync(log);
  }
};

/** Ends a process and all its descendants, first with polite signals. Resolves when none of them is left. */
export const endProcess = async (
  identity: ProcessIdentity,
  signals: readonly NodeJS.Signals[],
): Promise<void> => {
  if (!isRunning(identity)) return;
  const family = [identity, ...descendantsOf(identity.pid)];
  for (const signal of signals) {
    sendSignal(identity, signal);
    if (await areGone([identity], PATIENCE_SECONDS)) break;
  }
  // A server that ends properly has waited for its children. Still, give them a moment.
  if (await areGone(family, 1)) return;
  for (const member of family) sendSignal(member, 'SIGKILL');
  if (!(await areGone(family, PATIENCE_SECONDS))) {
    throw new Error(`ending process ${identity.pid}: it outlived SIGKILL`);
  }
};

/** Sends the signal to exactly this process, or to none if it has ended. */
export const sendSignal = (identity: ProcessIdentity, signal: NodeJS.Signals): void => {
  try {
    if (isRunning(identity)) process.kill(identity.pid, signal);
  } catch (error) {
    // The process ended in between.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
};

/** The end of a log, to show next to an error. */
export const tailOf = (logFile: string, lines = 15): string =>
  existsSync(logFile) ? readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '';

const areGone = async (family: readonly ProcessIdentity[], seconds: number): Promise<boolean> => {
  const deadline = Date.now() + seconds * 1000;
  while (family.some(isRunning)) {
    if (Date.now() > deadline) return false;
    await sleep(50);
  }
  return true;
};

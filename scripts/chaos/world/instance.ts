import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../stack/folders.ts';
import { guardProcess } from '../../stack/process-guard.ts';
import { tailOf } from '../../stack/processes.ts';
import type { InstanceEnd } from '../evidence/evidence.ts';

/** One `runclose serve` in a process of its own. */
export interface Instance {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  isAlive: () => boolean;
  /** Resolves when it serves. Rejects if it ends before. */
  serving: (signal: AbortSignal) => Promise<void>;
  kill: () => Promise<void>;
  /** Stops the process as an orchestrator does: by SIGTERM, and by SIGKILL if it takes too long. */
  stop: () => Promise<void>;
  freeze: () => void;
  thaw: () => void;
  readonly ended: Promise<InstanceEnd>;
}

export type InstanceOptions = {
  readonly name: string;
  /** Program and arguments. */
  readonly command: readonly [string, ...string[]];
  readonly variables: Readonly<Record<string, string>>;
  readonly logFile: string;
};

const START_SECONDS = 90;
const STOP_SECONDS = 45;

export const startInstance = ({ name, command, variables, logFile }: InstanceOptions): Instance => {
  const [program, ...args] = command;
  const log = openSync(logFile, 'w');
  const child = spawn(program, args, {
    cwd: root,
    env: { PATH: process.env['PATH'], ...variables },
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const { pid } = child;
  if (pid === undefined) throw new Error(`starting ${name}: ${command.join(' ')} cannot be run`);
  const guard = guardProcess(pid);
  let cause: InstanceEnd['cause'] = 'nothing';
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const ended = exited.then(([code]) => {
    guard.dismiss();
    return { instance: name, cause, code, lastWords: tailOf(logFile, 2) };
  });
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const send = (signal: NodeJS.Signals): void => {
    if (isAlive()) child.kill(signal);
  };
  const kill = async (): Promise<void> => {
    if (isAlive()) cause = 'killed';
    send('SIGKILL');
    await ended;
  };

  return {
    name,
    pid,
    logFile,
    isAlive,
    serving: async (signal) => {
      const deadline = Date.now() + START_SECONDS * 1000;
      while (!readFileSync(logFile, 'utf8').includes('"serving"')) {
        if (!isAlive() || Date.now() > deadline)
          throw new Error(`${name} does not serve; the end of ${logFile}:\n${tailOf(logFile)}`);
        await sleep(100, undefined, { signal });
      }
    },
    kill,
    stop: async () => {
      if (isAlive()) cause = 'told to stop';
      send('SIGCONT');
      send('SIGTERM');
      const patience = new AbortController();
      await Promise.race([ended, sleep(STOP_SECONDS * 1000, undefined, { signal: patience.signal })]);
      patience.abort();
      send('SIGKILL');
      await ended;
    },
    freeze: () => {
      send('SIGSTOP');
    },
    thaw: () => {
      send('SIGCONT');
    },
    ended,
  };
};

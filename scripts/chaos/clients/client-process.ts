import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../../stack/folders.ts';
import { guardProcess } from '../../stack/process-guard.ts';
import { tailOf } from '../../stack/processes.ts';

/** A service that uses the package, in a process of its own. It talks to this process by messages. */
export interface ClientProcess<Message> {
  readonly name: string;
  /** False if the process has ended. */
  tell: (message: Message) => boolean;
  /** Ends the process by SIGTERM, as an orchestrator does, or by SIGKILL. */
  end: (how: 'stop' | 'kill') => Promise<void>;
  freeze: () => void;
  thaw: () => void;
  readonly ended: Promise<void>;
  /** Why the process ended by itself; undefined if it did not. */
  crash: () => string | undefined;
}

export type ClientProcessOptions<Answer> = {
  readonly name: string;
  /** A file beside this one. */
  readonly program: string;
  readonly folder: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly onMessage: (answer: Answer) => void;
};

const STOP_SECONDS = 45;

export const startClient = <Message extends object, Answer>(
  options: ClientProcessOptions<Answer>,
): ClientProcess<Message> => {
  const { name, program, folder, variables, onMessage } = options;
  const logFile = join(folder, `${name}.log`);
  const log = openSync(logFile, 'w');
  const child = fork(join(import.meta.dirname, program), [], {
    ...{ cwd: root, detached: true, execArgv: ['--import', 'tsx'] },
    env: { PATH: process.env['PATH'], ...variables },
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.on('error', () => undefined);
  child.on('message', (message) => {
    onMessage(message as Answer);
  });
  const guard = guardProcess(child.pid ?? 0);
  let isToldToEnd = false;
  let crash: string | undefined;
  const ended = once(child, 'exit').then(([code]) => {
    guard.dismiss();
    if (!isToldToEnd) crash = `${name} ended by itself with ${String(code)}: ${tailOf(logFile, 30)}`;
  });
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const signal = (which: NodeJS.Signals): void => {
    if (isAlive()) child.kill(which);
  };

  return {
    name,
    tell: (message) => {
      if (!isAlive() || !child.connected) return false;
      child.send(message, () => undefined);
      return true;
    },
    end: async (how) => {
      if (isAlive()) isToldToEnd = true;
      signal('SIGCONT');
      signal(how === 'stop' ? 'SIGTERM' : 'SIGKILL');
      const patience = new AbortController();
      const tooLong = sleep(STOP_SECONDS * 1000, undefined, { signal: patience.signal }).catch(
        () => undefined,
      );
      await Promise.race([ended, tooLong]);
      patience.abort();
      signal('SIGKILL');
      await ended;
    },
    freeze: () => {
      signal('SIGSTOP');
    },
    thaw: () => {
      signal('SIGCONT');
    },
    ended,
    crash: () => crash,
  };
};

/** For the program of such a process: its connection to the process that started it. */
export const talkToParent = (onMessage: (message: unknown) => void) => {
  process.on('message', onMessage);
  return (answer: object): void => {
    process.send?.(answer, undefined, undefined, () => undefined);
  };
};

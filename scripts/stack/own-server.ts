import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessIdentity } from '../process-identity.mjs';
import { isRunning } from '../process-identity.mjs';
import { guardProcess } from './process-guard.ts';
import type { ProcessGuard } from './process-guard.ts';
import { descendantsOf } from './process-tree.ts';
import { endProcess, sendSignal } from './processes.ts';
import type { Ports, Server } from './server.ts';
import { EndedAtOnce, startOnPorts } from './start-on-ports.ts';

/**
 * A server that belongs to the process that started it, and not to the checkout's stack: it may be killed, frozen and started
 * again, and ends with its owner, however that one ends.
 */
export interface OwnServer {
  readonly title: string;
  readonly ports: Ports;
  /** Where its data really is: PostgreSQL's may have had to move to where its account gets in. */
  readonly folder: string;
  readonly logFile: string;
  /** What clients need to find it, as environment variables. */
  readonly variables: Record<string, string>;

  /** Absent while it is down. */
  pid: () => number | undefined;
  /** On the same ports and data; returns when it answers, and at once when it is running. */
  start: () => Promise<void>;
  /** Ends it by this signal; returns when it and its children are gone. */
  kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Stops its clock, and that of its children, until `thaw`. */
  freeze: () => void;
  thaw: () => void;
  /** Ends it, politely first. */
  stop: (data: 'keep' | 'wipe') => Promise<void>;
}

const TRIES = 4;

/** It is not running yet: `start` starts it. */
export const createOwnServer = (
  server: Server,
  { ports, folder, signal }: { ports: Ports; folder: string; signal: AbortSignal },
): OwnServer => {
  const logFile = join(folder, 'logs', `${server.name}.log`);
  let running: { identity: ProcessIdentity; guard: ProcessGuard } | undefined;

  const forget = (): void => {
    running?.guard.dismiss();
    running = undefined;
  };
  const end = async (signals: readonly NodeJS.Signals[]): Promise<void> => {
    if (running === undefined) return;
    // What is frozen acts on no signal but SIGKILL.
    send('SIGCONT');
    await endProcess(running.identity, signals);
    forget();
  };
  const start = async (triesLeft: number): Promise<void> => {
    if (running !== undefined && isRunning(running.identity)) return;
    forget();
    try {
      await startOnPorts(server, ports, {
        logFile,
        signal,
        onStart: (identity) => {
          running = { identity, guard: guardProcess(identity.pid) };
        },
      });
    } catch (error) {
      forget();
      if (!(error instanceof EndedAtOnce) || triesLeft === 0) throw error;
      await sleep(500);
      await start(triesLeft - 1);
    }
  };
  const send = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    if (running === undefined || !isRunning(running.identity)) return;
    const { identity, guard } = running;
    // The parent first, lest it starts children that run on.
    sendSignal(identity, name);
    const children = descendantsOf(identity.pid);
    if (name === 'SIGSTOP') guard.cover(children.map(({ pid }) => pid));
    for (const child of children) sendSignal(child, name);
  };

  return {
    title: server.title,
    ports,
    folder: server.dataFolders[0] ?? folder,
    logFile,
    variables: server.variables(ports),
    pid: () => (running !== undefined && isRunning(running.identity) ? running.identity.pid : undefined),
    start: () => start(TRIES),
    kill: (name) => end([name]),
    freeze: () => {
      send('SIGSTOP');
    },
    thaw: () => {
      send('SIGCONT');
    },
    stop: async (data) => {
      await end(server.stopSignals);
      if (data === 'wipe')
        for (const path of server.dataFolders) rmSync(path, { recursive: true, force: true });
    },
  };
};

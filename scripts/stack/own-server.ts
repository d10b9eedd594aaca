import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../process-identity.mjs';
import { guardProcess, type ProcessGuard } from './process-guard.ts';
import { descendantsOf } from './process-tree.ts';
import { EndedAtOnce, endProcess, sendSignal } from './processes.ts';
import type { Ports, Server } from './server.ts';
import { startOnPorts } from './start-on-ports.ts';

/**
 * A server that belongs to the process that started it, and not to the checkout's stack. It may be killed, frozen and started again. It
 * ends when that process ends, in any way.
 */
export interface OwnServer {
  readonly title: string;
  readonly ports: Ports;
  /** The actual folder of its data: PostgreSQL's data may be elsewhere, because its account cannot enter every folder. */
  readonly folder: string;
  readonly logFile: string;
  /** The environment variables that clients need to find the server. */
  readonly variables: Record<string, string>;

  /** Undefined while the server is down. */
  pid: () => number | undefined;
  /** Starts the server on the same ports and data. Resolves when it answers; if it runs already, at once. */
  start: () => Promise<void>;
  /** Ends the server by this signal. Resolves when it and its children have ended. */
  kill: (signal: NodeJS.Signals) => Promise<void>;
  /** Freezes the server and its children until `thaw`. */
  freeze: () => void;
  thaw: () => void;
  /** Ends the server, first with its stop signals. */
  stop: (data: 'keep' | 'wipe') => Promise<void>;
}

const TRIES = 20;

/** The server does not run until `start`. */
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
    // A frozen process acts on no signal except SIGKILL.
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
    // Signal the parent first, or it may start children that keep running.
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

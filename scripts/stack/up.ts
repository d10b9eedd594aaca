import { join } from 'node:path';
import { withLock } from '../lock.mjs';
import { isRunning } from '../process-identity.mjs';
import { cacheFolder } from './folders.ts';
import { endProcess } from './processes.ts';
import type { Progress } from './progress.ts';
import { readRunRecord, type RunRecord } from './run-record.ts';
import type { Server } from './server.ts';
import { lockOf, type Running, type Stack, variablesOf } from './stack.ts';
import { startServer } from './start.ts';
import { stopServer } from './stop.ts';

export type UpResult = {
  readonly variables: Record<string, string>;
  /** The servers that were not running before. */
  readonly started: readonly string[];
};

/**
 * Starts the servers of the stack that do not answer, and leaves the others alone. If it fails or is aborted, it ends only the servers that
 * it has started.
 */
export const bringUp = (stack: Stack, progress: Progress, signal: AbortSignal): Promise<UpResult> =>
  withLock(
    lockOf(stack),
    async () => {
      const { servers } = stack;
      const running = new Map<Server['name'], RunRecord>();
      for (const server of servers) {
        const record = await findHealthy(stack, server);
        if (record !== undefined) running.set(server.name, record);
      }
      const missing = servers.filter((server) => !running.has(server.name));
      if (missing.length > 0) {
        await stack.retract();
        for (const [server, record] of await startAll(stack, missing, progress, signal))
          running.set(server.name, record);
      }
      const started = missing.map(({ name }) => name);
      progress.say(`${stack.title} is up; ${await settle(stack, running, missing)}`);
      return { variables: variablesOf(stack, running), started };
    },
    (holder) => {
      progress.say(`Waiting for process ${holder}, which is at work on this stack…`);
    },
  );

/** If it fails, it stops the servers that this command has started. */
const settle = async (stack: Stack, running: Running, started: readonly Server[]): Promise<string> => {
  try {
    return await stack.settle(running);
  } catch (error) {
    await Promise.all(started.map((server) => stopServer(stack, server)));
    throw error;
  }
};

/** The record of a server that runs and answers. A server that runs but does not answer is ended, to be started again. */
const findHealthy = async (stack: Stack, server: Server): Promise<RunRecord | undefined> => {
  const record = readRunRecord(stack, server);
  if (record?.process === undefined || !isRunning(record.process)) return undefined;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    if (
      await server.probe(record.ports).then(
        () => true,
        () => false,
      )
    )
      return record;
  }
  await endProcess(record.process, server.stopSignals);
  return undefined;
};

const startAll = async (
  stack: Stack,
  servers: readonly Server[],
  progress: Progress,
  signal: AbortSignal,
): Promise<[Server, RunRecord][]> => {
  for (const server of servers) await server.obtain(signal);
  const failed = new AbortController();
  const together = AbortSignal.any([signal, failed.signal]);
  const start = async (server: Server): Promise<[Server, RunRecord]> => {
    const startedAt = Date.now();
    try {
      const record = await startServer(stack, server, together);
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(1);
      progress.say(`  ${server.title} answers on port ${record.ports[0]} after ${seconds} s`);
      return [server, record];
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  // Only one checkout at a time chooses ports and binds them, so that no two choose the same.
  return withLock(join(cacheFolder, 'locks/starting'), async () => {
    progress.say(`Starting ${servers.map(({ title }) => title).join(', ')}…`);
    const outcomes = await Promise.allSettled(servers.map(start));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) {
      await Promise.all(servers.map((server) => stopServer(stack, server)));
      throw failed.signal.aborted ? failed.signal.reason : failure.reason;
    }
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  });
};

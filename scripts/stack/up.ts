import { join } from 'node:path';
import { withLock } from '../lock.mjs';
import { isRunning } from '../process-identity.mjs';
import { removeEnvFile, writeEnvFile } from './env-file.ts';
import { cacheFolder, stackEnvFile, stackFolder } from './folders.ts';
import { endProcess } from './processes.ts';
import type { Progress } from './progress.ts';
import { readRunRecord } from './run-record.ts';
import type { RunRecord } from './run-record.ts';
import type { Server } from './server.ts';
import { createServers } from './servers.ts';
import { startServer } from './start.ts';
import { stopServer } from './stop.ts';

export type UpResult = {
  readonly variables: Record<string, string>;
  /** The servers that were not running before. */
  readonly started: readonly string[];
};

/**
 * Brings up whatever of the stack is not answering, and leaves alone what is. When it fails or is aborted it ends what it has
 * started, and nothing else.
 */
export const bringUp = (progress: Progress, signal: AbortSignal): Promise<UpResult> =>
  withLock(
    join(stackFolder, 'locks/stack'),
    async () => {
      const servers = createServers(progress);
      const running = new Map<Server, RunRecord>();
      for (const server of servers) {
        const record = await healthy(server);
        if (record !== undefined) running.set(server, record);
      }
      const missing = servers.filter((server) => !running.has(server));
      if (missing.length > 0) {
        removeEnvFile();
        for (const [server, record] of await startAll(missing, progress, signal)) running.set(server, record);
      }
      const variables = Object.assign(
        {},
        ...servers.map((server) => {
          const record = running.get(server);
          return record === undefined ? {} : server.variables(record.ports);
        }),
      ) as Record<string, string>;
      writeEnvFile(variables);
      progress.say(`The stack is up; its addresses are in ${stackEnvFile}`);
      return { variables, started: missing.map(({ name }) => name) };
    },
    (holder) => {
      progress.say(`Waiting for process ${holder}, which is at work on this stack…`);
    },
  );

/** The record of a server that runs and answers; one that only runs is ended, to be started again. */
const healthy = async (server: Server): Promise<RunRecord | undefined> => {
  const record = readRunRecord(server.name);
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
  servers: readonly Server[],
  progress: Progress,
  signal: AbortSignal,
): Promise<[Server, RunRecord][]> => {
  for (const server of servers) await server.obtain(signal);
  const failed = new AbortController();
  const together = AbortSignal.any([signal, failed.signal]);
  const start = async (server: Server): Promise<[Server, RunRecord]> => {
    const begun = Date.now();
    try {
      const record = await startServer(server, together);
      const seconds = ((Date.now() - begun) / 1000).toFixed(1);
      progress.say(`  ${server.title} answers on port ${record.ports[0]} after ${seconds} s`);
      return [server, record];
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  };
  // One checkout at a time chooses ports and binds them, lest two choose the same.
  return withLock(join(cacheFolder, 'locks/starting'), async () => {
    progress.say(`Starting ${servers.map(({ title }) => title).join(', ')}…`);
    const outcomes = await Promise.allSettled(servers.map(start));
    const failure = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failure !== undefined) {
      await Promise.all(servers.map(stopServer));
      throw failed.signal.aborted ? failed.signal.reason : failure.reason;
    }
    return outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  });
};

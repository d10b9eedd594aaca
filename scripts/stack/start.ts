import { setTimeout as sleep } from 'node:timers/promises';
import { choosePorts } from './ports.ts';
import { EndedAtOnce } from './processes.ts';
import { readRunRecord, type RunRecord, writeRunRecord } from './run-record.ts';
import type { Server } from './server.ts';
import { logFileOf, type Stack } from './stack.ts';
import { startOnPorts } from './start-on-ports.ts';

/**
 * Starts a server of this checkout on free ports. Resolves when it answers. If it does not answer, rejects and leaves nothing running. If
 * the server ends at once, tries again: the children of a killed server hold its data for a moment longer.
 */
export const startServer = async (
  stack: Stack,
  server: Server,
  signal: AbortSignal,
  triesLeft = 2,
): Promise<RunRecord> => {
  const ports = await choosePorts(server.usualPorts, readRunRecord(stack, server)?.ports);
  const since = Date.now();
  try {
    const identity = await startOnPorts(server, ports, {
      logFile: logFileOf(stack, server),
      signal,
      onStart: (started) => {
        writeRunRecord(stack, server, { process: started, ports, since });
      },
    });
    return { process: identity, ports, since };
  } catch (error) {
    if (!(error instanceof EndedAtOnce) || triesLeft === 0) throw error;
    await sleep(1000);
    return startServer(stack, server, signal, triesLeft - 1);
  }
};

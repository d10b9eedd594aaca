import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning } from '../process-identity.mjs';
import type { ProcessIdentity } from '../process-identity.mjs';
import { choosePorts } from './ports.ts';
import { endProcess, startDetached, tailOf } from './processes.ts';
import { readRunRecord, writeRunRecord } from './run-record.ts';
import type { RunRecord } from './run-record.ts';
import type { Ports, Server } from './server.ts';
import { logFileOf } from './servers.ts';

const START_SECONDS = 90;

/**
 * Starts a server on free ports and returns when it answers. Rejects, with nothing left running, when it does not. One that ends
 * at once is tried again: where the one before was killed, its children hold its data for a moment longer.
 */
export const startServer = async (server: Server, signal: AbortSignal, triesLeft = 2): Promise<RunRecord> => {
  const ports = await choosePorts(server.usualPorts, readRunRecord(server.name)?.ports);
  const launch = await server.prepare(ports);
  signal.throwIfAborted();
  const logFile = logFileOf(server);
  mkdirSync(dirname(logFile), { recursive: true });
  const identity = startDetached(launch, logFile);
  const record = { process: identity, ports, since: Date.now() };
  // Before anything else can happen: a process that is not on record is one that nobody ends.
  writeRunRecord(server.name, record);
  try {
    await untilAnswers(server, ports, { identity, logFile, signal });
    return record;
  } catch (error) {
    const endedByItself = !isRunning(identity);
    await endProcess(identity, server.stopSignals);
    if (!endedByItself || triesLeft === 0) throw error;
    await sleep(1000);
    return startServer(server, signal, triesLeft - 1);
  }
};

const untilAnswers = async (
  server: Server,
  ports: Ports,
  { identity, logFile, signal }: { identity: ProcessIdentity; logFile: string; signal: AbortSignal },
): Promise<void> => {
  const deadline = Date.now() + START_SECONDS * 1000;
  for (;;) {
    signal.throwIfAborted();
    const failure = await server.probe(ports).then(() => undefined, String);
    // Alive as well: the answer might be another server's that took the port first.
    if (failure === undefined && isRunning(identity)) return;
    const trouble = isRunning(identity)
      ? Date.now() > deadline && `does not answer within ${START_SECONDS} s (${String(failure)})`
      : 'ended at once';
    if (trouble !== false) {
      throw new Error(`starting ${server.title}: it ${trouble}; the end of ${logFile}:\n${tailOf(logFile)}`);
    }
    await sleep(100);
  }
};

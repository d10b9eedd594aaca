import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../process-identity.mjs';
import { EndedAtOnce, endProcess, startDetached, tailOf } from './processes.ts';
import type { Ports, Server } from './server.ts';

const START_SECONDS = 90;

type Start = {
  readonly logFile: string;
  readonly signal: AbortSignal;
  /** Called before anything else can happen, because only known processes are ended later. */
  readonly onStart: (identity: ProcessIdentity) => void;
};

/** Starts a server on these ports. Resolves when it answers. If it does not answer, rejects and leaves nothing running. */
export const startOnPorts = async (
  server: Server,
  ports: Ports,
  { logFile, signal, onStart }: Start,
): Promise<ProcessIdentity> => {
  const launch = await server.prepare(ports);
  signal.throwIfAborted();
  mkdirSync(dirname(logFile), { recursive: true });
  const identity = startDetached(launch, logFile);
  onStart(identity);
  try {
    await untilAnswers(server, ports, { identity, logFile, signal });
    return identity;
  } catch (error) {
    const endedByItself = !isRunning(identity);
    await endProcess(identity, server.stopSignals);
    throw endedByItself && error instanceof Error ? new EndedAtOnce(error.message, { cause: error }) : error;
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
    // The process must be running, too: another server may have taken the port first, and answered.
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

import { endProcess } from './processes.ts';
import { readRunRecord, writeRunRecord } from './run-record.ts';
import type { Server } from './server.ts';
import type { Stack } from './stack.ts';

/** Ends the server if this checkout started it; true if it was running. Keeps its ports for the next start. */
export const stopServer = async (stack: Stack, server: Server): Promise<boolean> => {
  const record = readRunRecord(stack, server);
  if (record?.process === undefined) return false;
  await endProcess(record.process, server.stopSignals);
  writeRunRecord(stack, server, { ports: record.ports, since: record.since });
  return true;
};

import { endProcess } from './processes.ts';
import { readRunRecord, writeRunRecord } from './run-record.ts';
import type { Server } from './server.ts';
import type { Stack } from './stack.ts';

/** Ends the server if it was started from here; true when it was running. Its ports stay noted for the next start. */
export const stopServer = async (stack: Stack, server: Server): Promise<boolean> => {
  const record = readRunRecord(stack, server);
  if (record?.process === undefined) return false;
  await endProcess(record.process, server.stopSignals);
  writeRunRecord(stack, server, { ports: record.ports, since: record.since });
  return true;
};

import Table from 'cli-table3';
import { isRunning } from '../process-identity.mjs';
import { readRunRecord } from './run-record.ts';
import type { Server } from './server.ts';
import { logFileOf, type Stack } from './stack.ts';

export type StackStatus = { readonly table: string; readonly complete: boolean };

/** Describes which servers run, where, and since when; `complete` if all of them answer. */
export const describeStack = async (stack: Stack): Promise<StackStatus> => {
  const table = new Table({
    head: ['server', 'state', 'address', 'pid', 'up for', 'log'],
    style: { head: [], border: [] },
  });
  let answering = 0;
  for (const server of stack.servers) {
    const { state, cells } = await describeServer(stack, server);
    if (state === 'answers') answering += 1;
    table.push([server.title, state, ...cells]);
  }
  return { table: table.toString(), complete: answering === stack.servers.length };
};

const describeServer = async (stack: Stack, server: Server): Promise<{ state: string; cells: string[] }> => {
  const record = readRunRecord(stack, server);
  if (record?.process === undefined) return { state: 'stopped', cells: ['', '', '', ''] };
  const { process, ports, since } = record;
  const address = Object.values(server.variables(ports)).join(' ');
  if (!isRunning(process)) return { state: 'died', cells: [address, '', '', logFileOf(stack, server)] };
  const state = await server.probe(ports).then(
    () => 'answers',
    () => 'silent',
  );
  return {
    state,
    cells: [address, String(process.pid), duration(Date.now() - since), logFileOf(stack, server)],
  };
};

const duration = (milliseconds: number): string => {
  const minutes = Math.floor(milliseconds / 60_000);
  if (minutes === 0) return `${Math.floor(milliseconds / 1000)} s`;
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

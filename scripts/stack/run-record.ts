import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ProcessIdentity } from '../process-identity.mjs';
import type { Ports, Server } from './server.ts';

/** The stack, identified by the folder of its files. */
type Stack = { readonly folder: string };

/** The record of a server between two commands: its process and its ports. */
export type RunRecord = {
  /** Absent after the server was stopped; its ports are kept for the next start. */
  readonly process?: ProcessIdentity | undefined;
  readonly ports: Ports;
  /** When it was started, in milliseconds. */
  readonly since: number;
};

export const readRunRecord = (stack: Stack, server: Pick<Server, 'name'>): RunRecord | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(stack, server), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
};

/** Writes the record atomically: with half a record, a running server would be lost. */
export const writeRunRecord = (stack: Stack, server: Server, record: RunRecord): void => {
  const file = fileOf(stack, server);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.draft`, `${JSON.stringify(record)}\n`);
  renameSync(`${file}.draft`, file);
};

export const removeRunRecord = (stack: Stack, server: Server): void => {
  rmSync(fileOf(stack, server), { force: true });
};

const fileOf = ({ folder }: Stack, { name }: Pick<Server, 'name'>): string =>
  join(folder, 'run', `${name}.json`);

import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stackFolder } from './folders.ts';
import type { ProcessIdentity } from '../process-identity.mjs';
import type { Ports, Server } from './server.ts';

/** What is remembered of a server between two commands: who it is, and where it listens. */
export type RunRecord = {
  /** Absent once it was stopped; the ports are kept for the next start. */
  readonly process?: ProcessIdentity | undefined;
  readonly ports: Ports;
  /** When it was started, in milliseconds. */
  readonly since: number;
};

export const readRunRecord = (name: Server['name']): RunRecord | undefined => {
  try {
    return JSON.parse(readFileSync(fileOf(name), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
};

/** At once or not at all: half a record would lose a running server. */
export const writeRunRecord = (name: Server['name'], record: RunRecord): void => {
  const file = fileOf(name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.draft`, `${JSON.stringify(record)}\n`);
  renameSync(`${file}.draft`, file);
};

export const removeRunRecord = (name: Server['name']): void => {
  rmSync(fileOf(name), { force: true });
};

const fileOf = (name: Server['name']): string => join(stackFolder, 'run', `${name}.json`);

import { join } from 'node:path';
import { stackFolder } from './folders.ts';
import type { RunRecord } from './run-record.ts';
import type { Server } from './server.ts';

/** Servers that go up and down together. */
export interface Stack {
  /** For people, at the beginning of a sentence. */
  readonly title: 'The stack' | 'The secured stack';
  /** Data, logs and process ids. */
  readonly folder: string;
  readonly servers: readonly Server[];
  /** Further files that `down --wipe` removes in addition to the servers' data. */
  readonly remains: readonly string[];

  /** Called when all servers answer. Writes the clients' settings, and returns in words where they are. */
  settle: (running: Running) => Promise<string>;
  /** Removes what `settle` has written. */
  retract: () => Promise<void>;
}

export type Running = ReadonlyMap<Server['name'], RunRecord>;

/** The environment variables that clients need to find these servers. */
export const variablesOf = ({ servers }: Pick<Stack, 'servers'>, running: Running): Record<string, string> =>
  Object.assign(
    {},
    ...servers.map((server) => {
      const record = running.get(server.name);
      return record === undefined ? {} : server.variables(record.ports);
    }),
  ) as Record<string, string>;

export const logFileOf = ({ folder }: Stack, { name }: Server): string => join(folder, 'logs', `${name}.log`);

/** Held while a stack starts or stops. It is outside the secured stack's folder, which `down --wipe` removes. */
export const lockOf = ({ title }: Stack): string =>
  join(stackFolder, 'locks', title === 'The stack' ? 'stack' : 'secured-stack');

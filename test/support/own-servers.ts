import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { OwnServer } from '../../scripts/stack/own-server.ts';
import type { OwnServerOptions } from '../../scripts/stack/own-servers.ts';

const run = promisify(execFile);

/** A folder and options for servers that belong to one test. */
export const createServersFolder = (): { readonly options: OwnServerOptions; remove(): void } => {
  const folder = mkdtempSync(join(tmpdir(), 'runclose-servers-'));
  // PostgreSQL runs under another account, which must be able to enter the folder.
  chmodSync(folder, 0o755);
  const progress = { say: () => undefined, update: () => undefined };
  return {
    options: { folder, progress, signal: new AbortController().signal },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
};

/** A copy of a database server's data at one moment. */
export type Backup = {
  /** Restores the server to that moment; later commits are lost. */
  restore(): Promise<void>;
};

/** Makes a backup. Meanwhile the server is down. */
export const backUp = async (server: OwnServer, name: string): Promise<Backup> => {
  const copy = `${server.folder}-${name}`;
  await server.stop('keep');
  await run('cp', ['-a', server.folder, copy]);
  await server.start();
  return {
    restore: async () => {
      await server.kill('SIGKILL');
      rmSync(server.folder, { recursive: true });
      await run('cp', ['-a', copy, server.folder]);
      await server.start();
    },
  };
};

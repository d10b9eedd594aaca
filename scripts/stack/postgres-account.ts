import { execFileSync, spawnSync } from 'node:child_process';
import type { Account } from './server.ts';

/** PostgreSQL refuses to run as root, so root lends it an account that exists; everybody else runs it as themselves. */
export const postgresAccount = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const name = ['postgres', 'nobody'].find((candidate) => spawnSync('id', [candidate]).status === 0);
  if (name === undefined)
    throw new Error(
      'PostgreSQL refuses to run as root, and there is neither "postgres" nor "nobody" to run it',
    );
  return { uid: idOf(name, '-u'), gid: idOf(name, '-g') };
};

/** Whether the account gets into the folder: any folder above it may be closed to others, as root's home is. */
export const canEnter = (account: Account, folder: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/' }).status === 0;

const idOf = (name: string, flag: '-u' | '-g'): number =>
  Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));

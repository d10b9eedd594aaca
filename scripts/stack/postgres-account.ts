import { execFileSync, spawnSync } from 'node:child_process';
import type { Account } from './server.ts';

/** PostgreSQL refuses to run as root, so root starts it under another existing account. Other users start it under their own. */
export const postgresAccount = (): Account | undefined => {
  if (process.getuid?.() !== 0) return undefined;
  const name = ['postgres', 'nobody'].find((candidate) => spawnSync('id', [candidate]).status === 0);
  if (name === undefined)
    throw new Error(
      'PostgreSQL refuses to run as root, and there is neither "postgres" nor "nobody" to run it',
    );
  return { uid: idOf(name, '-u'), gid: idOf(name, '-g') };
};

/** Whether the account can enter the folder: a folder above may be closed to other accounts, as root's home is. */
export const canEnter = (account: Account, folder: string): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...account, cwd: '/' }).status === 0;

const idOf = (name: string, flag: '-u' | '-g'): number =>
  Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));

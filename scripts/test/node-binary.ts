import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { obtainCached } from '../stack/cache.ts';
import type { Progress } from '../stack/progress.ts';

/**
 * Finds the Node for the tests, by a path or a version (`24`, `20.19`). For a version, it is this Node, or one that npm downloads into the
 * cache.
 */
export const findNode = async (wanted: string, progress: Progress): Promise<string> => {
  if (!/^\d+(\.\d+)*$/.test(wanted)) {
    if (!existsSync(wanted)) throw new Error(`running the tests on ${wanted}: there is no such file`);
    return wanted;
  }
  if (`${process.versions.node}.`.startsWith(`${wanted}.`)) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const folder = await obtainCached(`node-${wanted}`, async (draft) => {
    progress.say(`Fetching Node ${wanted}, once for all checkouts…`);
    const install = ['install', '--prefix', draft, '--no-save', '--no-package-lock', `${name}@${wanted}`];
    await promisify(execFile)('npm', install, { cwd: draft });
  });
  return join(folder, 'node_modules', name, 'bin/node');
};

import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { withLock } from '../lock.mjs';
import { cacheFolder } from './folders.ts';

/**
 * The folder `name` of the person's cache. If it is missing, `fill` creates it. It appears complete or not at all, and only one of several
 * checkouts creates it.
 */
export const obtainCached = async (name: string, fill: (draft: string) => Promise<void>): Promise<string> => {
  const folder = cachedFolder(name);
  if (existsSync(folder)) return folder;
  return withLock(join(cacheFolder, 'locks', name), async () => {
    if (existsSync(folder)) return folder;
    mkdirSync(cacheFolder, { recursive: true });
    const draft = mkdtempSync(`${folder}.draft-`);
    try {
      await fill(draft);
      renameSync(draft, folder);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    return folder;
  });
};

export const cachedFolder = (name: string): string => join(cacheFolder, name);

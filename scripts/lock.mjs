/**
 * A lock between processes: a file that names its holder. The process identity shows whether the holder has died, so no process waits for a
 * dead holder.
 */
import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { identify, isRunning } from './process-identity.mjs';

/**
 * Waits until the current holder has released the lock, then runs `work` while holding the lock.
 *
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @param {(holder: number) => void} [onWait] called once if another process holds the lock
 * @returns {Promise<T>}
 */
export const withLock = async (path, work, onWait = () => {}) => {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!take(path)) {
    const holder = holderOf(path);
    if (holder !== undefined && isRunning(holder)) {
      if (!told) onWait(holder.pid);
      told = true;
      await sleep(100);
    } else breakStale(path);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
};

/**
 * A hard link appears with its content or not at all, so no reader ever sees a lock without its holder.
 *
 * @param {string} path
 */
const take = (path) => {
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  writeFileSync(draft, JSON.stringify(identify(process.pid)));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

/** @param {string} path */
const holderOf = (path) => {
  try {
    return /** @type {import('./process-identity.mjs').ProcessIdentity} */ (
      JSON.parse(readFileSync(path, 'utf8'))
    );
  } catch {
    return undefined;
  }
};

/**
 * Only one process at a time may remove a dead holder's lock: a second one would remove the lock of the process that took it since.
 *
 * @param {string} path
 */
const breakStale = (path) => {
  const breaker = `${path}.breaking`;
  try {
    writeFileSync(breaker, '', { flag: 'wx' });
  } catch {
    removeIfOlderThan(breaker, 5000);
    return;
  }
  try {
    const holder = holderOf(path);
    if (holder === undefined || !isRunning(holder)) rmSync(path, { force: true });
  } finally {
    rmSync(breaker, { force: true });
  }
};

/**
 * @param {string} path
 * @param {number} milliseconds
 */
const removeIfOlderThan = (path, milliseconds) => {
  try {
    if (Date.now() - statSync(path).mtimeMs > milliseconds) rmSync(path, { force: true });
  } catch {
    // Its owner has just removed it.
  }
};

/** @param {unknown} error */
const codeOf = (error) => (error instanceof Error && 'code' in error ? error.code : undefined);

/**
 * A process id alone is no identity, because the system reuses ids. An id together with the process's start time is one.
 *
 * @typedef {{ readonly pid: number, readonly startedAt: string }} ProcessIdentity
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * When the process started, in the form that this system gives; `undefined` if the process does not exist.
 *
 * @param {number} pid
 * @returns {string | undefined}
 */
export const startOf = (pid) => (process.platform === 'linux' ? fromProc(pid) : fromPs(pid));

/**
 * @param {number} pid
 * @returns {ProcessIdentity | undefined}
 */
export const identify = (pid) => {
  const startedAt = startOf(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
};

/**
 * @param {ProcessIdentity} identity
 * @returns {boolean}
 */
export const isRunning = ({ pid, startedAt }) => startOf(pid) === startedAt;

const bootId =
  process.platform === 'linux' ? readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim() : '';

/** @param {number} pid */
const fromProc = (pid) => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field is the program's name in brackets, and may itself contain brackets and blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    return state === 'Z' || state === 'X' ? undefined : `${bootId}/${fields[19]}`;
  } catch {
    return undefined;
  }
};

/** @param {number} pid */
const fromPs = (pid) => {
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
};

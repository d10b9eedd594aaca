/** Resources that processes have used, from /proc, so only on Linux. Throws if a process has ended. */
import { readFileSync } from 'node:fs';
import { descendantsOf } from '../../stack/process-tree.ts';

/**
 * CPU seconds of a process and of all its descendants. Ended ones count too, because the kernel adds a child's time to its parent when the
 * child ends.
 */
export const cpuSecondsOf = (pid: number): number =>
  [pid, ...descendantsOf(pid).map((child) => child.pid)].reduce(
    (sum, each) => sum + ownCpuSeconds(each, pid),
    0,
  );

/** The most resident memory that the process has had so far, in MB. */
export const peakMbOf = (pid: number): number => memoryMb(pid, 'VmHWM');

/** The resident memory that the process has now, in MB. */
export const residentMbOf = (pid: number): number => memoryMb(pid, 'VmRSS');

const memoryMb = (pid: number, name: 'VmHWM' | 'VmRSS'): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const [, kb] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  if (kb === undefined) throw new Error(`process ${pid} no longer has memory`);
  return Number(kb) / 1024;
};

/** The kernel tells times to programs in hundredths of a second on every architecture. */
const TICKS_A_SECOND = 100;

const ownCpuSeconds = (pid: number, root: number): number => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Fields 14 to 17 (user, system, children's user, children's system); field 2 may hold blanks.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_A_SECOND;
  } catch (error) {
    // If a child has ended since the listing, its time is in its parent's figure.
    if (pid !== root) return 0;
    throw error;
  }
};

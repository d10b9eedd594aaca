/** Loaded before a program: what it has used is written to the file that RUNCLOSE_USAGE_FILE names, when it ends. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const STATUS = '/proc/self/status';

/**
 * On Linux `maxRSS` of a process that another one has started begins with what that one held, so the kernel's own mark of this
 * program's memory is read there.
 *
 * @param {NodeJS.ResourceUsage} usage
 */
const mostBytes = ({ maxRSS }) => {
  const mark = existsSync(STATUS) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8'));
  return 1024 * (mark ? Number(mark[1]) : maxRSS);
};

const file = process.env['RUNCLOSE_USAGE_FILE'];
if (isMainThread && file !== undefined) {
  process.on('exit', () => {
    const usage = process.resourceUsage();
    const cpuSeconds = (usage.userCPUTime + usage.systemCPUTime) / 1e6;
    writeFileSync(file, JSON.stringify({ maxRssBytes: mostBytes(usage), cpuSeconds }));
  });
}

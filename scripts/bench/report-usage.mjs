/** Is loaded before a program. When the program ends, this writes the resources that it used to the file that RUNCLOSE_USAGE_FILE names. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const STATUS = '/proc/self/status';

/**
 * On Linux, the `maxRSS` of a child process starts at its parent's value. So on Linux this reads the kernel's own figure for this program.
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

import { spawn } from 'node:child_process';

/** If this process ends first (killed, crashed or interrupted), ends the processes that it covers. */
export interface ProcessGuard {
  /** Covers these processes as well. */
  cover: (pids: readonly number[]) => void;
  /** Covers no process any more: they have ended, or may outlive this process. */
  dismiss: () => void;
}

/** Starts a shell that waits for the end of its input. The input ends when this process closes it or ends. */
export const guardProcess = (pid: number): ProcessGuard => {
  const shell = spawn('/bin/sh', ['-c', SCRIPT], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.on('error', () => undefined);
  shell.stdin.on('error', () => undefined);
  shell.unref();
  (shell.stdin as unknown as { unref?: () => void }).unref?.();
  const cover = (pids: readonly number[]): void => {
    for (const covered of pids) shell.stdin.write(`${covered}\n`);
  };
  cover([pid]);
  return {
    cover,
    dismiss: () => {
      if (shell.stdin.writable) shell.stdin.end('dismissed\n');
    },
  };
};

const SCRIPT = `
covered=
while read -r line; do
  if [ "$line" = dismissed ]; then exit; fi
  covered="$covered $line"
done
kill -KILL $covered
`;

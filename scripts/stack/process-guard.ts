import { spawn } from 'node:child_process';

/** Ends processes of this one should this one end first, however it ends: killed, crashed or interrupted. */
export interface ProcessGuard {
  /** These as well. */
  cover: (pids: readonly number[]) => void;
  /** They have ended, or may outlive this process. */
  dismiss: () => void;
}

/** A shell that waits for the end of its input, which comes when this process lets go of it or is no more. */
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

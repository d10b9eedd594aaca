/**
 * On SIGTERM, `npx` ends without passing the signal on, so the processor would keep running unnoticed. Therefore a process that npx has
 * started watches its parent, and sends SIGTERM to itself when the parent is gone.
 */
const CHECK_MS = 500;

export const endWithNpx = (): void => {
  if (process.env['npm_command'] !== 'exec') return;
  const parent = process.ppid;
  const watching = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watching);
    process.kill(process.pid, 'SIGTERM');
  }, CHECK_MS);
  watching.unref();
};

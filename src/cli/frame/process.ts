import { EXIT } from './exit-codes.ts';
import { endWithNpx } from './npx.ts';
import { type AddCommand, run } from './run.ts';
import { withWholeWrites } from './whole-writes.ts';

/** Runs the command line of this process with these commands, and ends the process with its exit code. */
export const runProcess = async (
  commands: readonly AddCommand[] | Promise<readonly AddCommand[]>,
): Promise<void> => {
  const interruption = new AbortController();
  endWithNpx();

  // The second Ctrl-C ends the process at once.
  const interrupt = (): void => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(EXIT.interrupted);
  };
  process.on('SIGINT', interrupt);
  // Without a listener, process 1 of a container ignores the signal. If `serve` runs, leave the signal to its own listener, which drains.
  process.on('SIGTERM', () => {
    if (process.listenerCount('SIGTERM') === 1) interrupt();
  });

  const { argv, env, stdin } = process;
  const [stdout, stderr] = [withWholeWrites(process.stdout), withWholeWrites(process.stderr)];
  const exitCode = await run(
    argv.slice(2),
    { env, stdin, stdout, stderr, interrupted: interruption.signal },
    await commands,
  );

  // A connection that a client left open must not keep the process alive.
  process.exit(exitCode);
};

import { EXIT } from './exit-codes.ts';
import { endWithNpx } from './npx.ts';
import { type AddCommand, run } from './run.ts';

/** Runs the command line of this process with these commands, and ends the process with its exit code. */
export const runProcess = async (commands: readonly AddCommand[]): Promise<void> => {
  const interruption = new AbortController();
  endWithNpx();

  // The second Ctrl-C does not wait for anything.
  process.on('SIGINT', () => {
    if (interruption.signal.aborted) process.exit(EXIT.interrupted);
    interruption.abort(EXIT.interrupted);
  });

  // Whoever reads has seen enough: `runclose tail | head` is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    interruption.abort(EXIT.done);
  });

  const { argv, env, stdin, stdout, stderr } = process;
  const world = { env, stdin, stdout, stderr, interrupted: interruption.signal };
  const exitCode = await run(argv.slice(2), world, commands);

  // Data may still be on its way into a pipe; what a client left open must not hold the process.
  stdout.write('', () => process.exit(exitCode));
};

import type { Progress } from './progress.ts';

type Arguments<Options> = { readonly kind: 'run'; readonly options: Options } | { readonly kind: 'help' };

export type Script<Options> = {
  /** The name of the script for `npm run`. */
  readonly name: string;
  readonly help: string;
  /** Throws for wrong use, with the reason. */
  readonly readArguments: () => Arguments<Options>;
  /** Resolves with the exit code. */
  readonly run: (options: Options) => Promise<number>;
  /** The words before the error if the script fails, and if it was interrupted. */
  readonly failed: string;
  readonly interrupted: string;
  readonly progress: Progress;
  readonly signal: AbortSignal;
};

/** Runs a script that has options, and sets the exit code: that of `run`, 64 for wrong use, 130 if interrupted, 1 if it failed. */
export const runScript = async <Options>(script: Script<Options>): Promise<void> => {
  const { progress, signal } = script;
  try {
    process.exitCode = await perform(script);
  } catch (error) {
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error);
    progress.say(signal.aborted ? script.interrupted : `${script.failed}: ${why}`);
    process.exitCode = signal.aborted ? 130 : 1;
  }
};

const perform = async <Options>({
  name,
  help,
  readArguments,
  run,
  progress,
}: Script<Options>): Promise<number> => {
  let given: Arguments<Options>;
  try {
    given = readArguments();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    progress.say(`${why}\nFor help: npm run ${name} -- --help`);
    return 64;
  }
  if (given.kind === 'run') return run(given.options);
  process.stdout.write(help);
  return 0;
};

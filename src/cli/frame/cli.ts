import type { Command } from 'commander';
import type { Work } from '../../operations/work.ts';
import { EXIT } from './exit-codes.ts';
import { hasReaderLeft, outletOf } from './outlet.ts';
import { createOutput, type Output, type OutputOptions, type Streams } from './output.ts';
import { createProgress } from './progress.ts';
import { createSettings } from './settings.ts';

export type World = Streams & {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  /** Aborted with the exit code when the person interrupts the command. */
  readonly interrupted: AbortSignal;
};

/**
 * The context of a command: the services that use cases get, and the terminal. `interrupted` is aborted with the exit code. For a command
 * that only shows something, this also happens when nobody reads stdout any more.
 */
export type CommandContext = Work & {
  readonly output: Output;
  /** The environment of the process; commands use `settings`. */
  readonly env: World['env'];
  readonly stdin: NodeJS.ReadableStream;
};

/** The action of a command. Resolves with the exit code; undefined: 0. */
type Act<Args extends unknown[]> = (context: CommandContext, ...args: Args) => Promise<number | undefined>;

export type Examples = readonly [string, string];

export interface Cli {
  /** Adds a command. Its help shows the examples first. `usage` is its name and arguments. */
  command(usage: string, summary: string, examples: Examples): Command;
  /** Adds a group of commands under one name, such as `channel get`. */
  group(name: string, summary: string, examples: Examples): Cli;
  /**
   * Wraps the action of a command that changes or checks something. The action gets the arguments in order, then the options. Even if
   * nobody reads stdout any more, the action runs to its end and keeps its exit code.
   */
  readonly perform: Action;
  /** Wraps the action of a command that only shows something. The command ends when nobody reads stdout any more. */
  readonly view: Action;
}

type Action = <Args extends unknown[]>(act: Act<Args>) => (...args: unknown[]) => Promise<void>;

/** @param done called with the exit code of the command that ran */
export const createCli = (program: Command, world: World, done: (exitCode: number) => void): Cli => ({
  command: (usage, summary, examples) =>
    program
      .command(usage)
      .summary(summary)
      .description(summary)
      .addHelpText('before', exampleText(examples))
      .option('--json', 'print data as JSON, one object a line')
      .option('--no-color', 'print without colors'),

  group: (name, summary, examples) =>
    createCli(
      program.command(name).description(summary).addHelpText('before', exampleText(examples)),
      world,
      done,
    ),

  perform: actionOf('continues', world, done),
  view: actionOf('ends', world, done),
});

const actionOf =
  (withoutReader: 'ends' | 'continues', world: World, done: (exitCode: number) => void): Action =>
  <Args extends unknown[]>(act: Act<Args>) =>
  async (...received: unknown[]) => {
    // Leave out the last argument: commander passes the command itself after the options.
    const args = received.slice(0, -1);
    const output = createOutput(world, args.at(-1) as OutputOptions);
    const left = new AbortController();
    const interrupted = AbortSignal.any([world.interrupted, left.signal]);
    outletOf(world.stdout).onLost((error) => {
      if (withoutReader === 'ends') left.abort(hasReaderLeft(error) ? EXIT.done : EXIT.failed);
      else output.note('Nothing more can be written to stdout: the command continues without output.');
    });
    const closers: (() => Promise<void> | void)[] = [];
    const onClose: CommandContext['onClose'] = (close) => void closers.unshift(close);
    const context: CommandContext = {
      output,
      env: world.env,
      settings: createSettings(world.env, output),
      stdin: world.stdin,
      interrupted,
      onClose,
      note: output.note,
      progress: (task, total) => {
        const progress = createProgress(output, task, total);
        onClose(() => progress.stop());
        return progress;
      },
    };
    try {
      const acting = act(context, ...(args as Args));
      done((await Promise.race([acting, interruption(interrupted)])) ?? EXIT.done);
    } catch (error) {
      if (!left.signal.aborted) throw error;
      done(left.signal.reason as number);
    } finally {
      for (const close of closers) await closeQuietly(close);
    }
  };

/** Ignores errors: the process ends now, and a server that fails during closing does not change the command's result. */
const closeQuietly = async (close: () => Promise<void> | void): Promise<void> => {
  try {
    await close();
  } catch {
    // If work on that server was in flight, it reports the error itself.
  }
};

export const exampleText = (examples: Examples): string =>
  ['Examples:', ...examples.map((example) => `  $ ${example}`), ''].join('\n');

const interruption = (signal: AbortSignal): Promise<number> =>
  new Promise((resolve) => {
    const onAbort = (): void => resolve(signal.reason as number);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });

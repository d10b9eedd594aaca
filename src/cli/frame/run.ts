import { CommanderError } from 'commander';
import { type Cli, createCli, exampleText, type World } from './cli.ts';
import { StrictCommand } from './command.ts';
import { EXIT, exitCodeOf } from './exit-codes.ts';
import { describeFailure } from './failure-text.ts';
import { hasReaderLeft, outletOf } from './outlet.ts';
import { version } from '../../operations/version.ts';

/** Adds a command, or a group of them, to the command line. */
export type AddCommand = (cli: Cli) => void;

/** Runs one command line, and resolves with its exit code when everything is written. Never rejects. */
export const run = async (
  args: readonly string[],
  world: World,
  commands: readonly AddCommand[],
): Promise<number> => {
  const exitCode = await execute(args, world, commands);
  const [stdout, stderr] = [outletOf(world.stdout), outletOf(world.stderr)];
  await stdout.flushed();
  const lost = stdout.lost();
  if (lost === null || hasReaderLeft(lost)) return exitCode;
  await stderr.write(`runclose: stdout cannot be written, so the output is incomplete: ${lost.message}\n`);
  return exitCode === EXIT.done || exitCode === EXIT.differences ? EXIT.failed : exitCode;
};

const execute = async (
  args: readonly string[],
  world: World,
  commands: readonly AddCommand[],
): Promise<number> => {
  let exitCode: number = EXIT.done;
  const program = new StrictCommand('runclose')
    .description('Closes coffee runs: picks who fetches the drinks, fairly, and says why.')
    .addHelpText(
      'before',
      exampleText(['runclose setup && runclose serve', 'runclose request close.json --wait']),
    )
    .version(version)
    .exitOverride()
    .showHelpAfterError('(see --help)')
    .configureOutput({
      writeOut: (text) => void outletOf(world.stdout).write(text),
      writeErr: (text) => void outletOf(world.stderr).write(text),
    });
  const cli = createCli(program, world, (code) => (exitCode = code));
  for (const add of commands) add(cli);

  try {
    await program.parseAsync(helpWhereAsked(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (world.interrupted.aborted) return world.interrupted.reason as number;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUse;
    await outletOf(world.stderr).write(`${describeFailure(error, world.env)}\n`);
    return exitCodeOf(error);
  }
};

/** Commander's own `help` looks one level deep: `help replay verify` would show the help of `replay`. */
const helpWhereAsked = (args: readonly string[]): readonly string[] =>
  args[0] === 'help' ? [...args.slice(1), '--help'] : args;

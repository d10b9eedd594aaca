import type { AddCommand } from './run.ts';

/** Loads a command. `args` are the words after its name on the command line. */
export type LoadCommand = (args: readonly string[]) => Promise<AddCommand>;

/**
 * Loads only the command that the command line names, because loading all commands takes half a second. If the command line names none,
 * loads all commands, for help and hints.
 */
export const loadNamed = async (
  commands: Readonly<Record<string, LoadCommand>>,
  [name = '', ...args]: readonly string[],
): Promise<readonly AddCommand[]> => {
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return Promise.all(named === undefined ? Object.values(commands).map((load) => load([])) : [named(args)]);
};

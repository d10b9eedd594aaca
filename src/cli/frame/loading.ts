import type { AddCommand } from './run.ts';

/** Loads a command. `args`: what stands behind its name on the command line. */
export type LoadCommand = (args: readonly string[]) => Promise<AddCommand>;

/**
 * The command that a command line names; all of them where it names none, for help and for hints. With all that they import, together
 * they take half a second to load.
 */
export const loadNamed = async (
  commands: Readonly<Record<string, LoadCommand>>,
  [name = '', ...args]: readonly string[],
): Promise<readonly AddCommand[]> => {
  const named = Object.hasOwn(commands, name) ? commands[name] : undefined;
  return Promise.all(named === undefined ? Object.values(commands).map((load) => load([])) : [named(args)]);
};

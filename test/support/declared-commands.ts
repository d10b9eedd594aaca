import { Command } from 'commander';
import { commandsOf } from '../../src/cli/commands.ts';
import type { Cli } from '../../src/cli/frame/cli.ts';

type Kind = 'viewer' | 'other';

/** Every command by its name, with its declared kind: whether it only shows something. */
export const declaredCommands = async (): Promise<ReadonlyMap<string, Kind>> => {
  const declared = new Map<string, Kind>();
  for (const add of await commandsOf([])) add(declaring(declared));
  return declared;
};

const declaring = (declared: Map<string, Kind>, group = ''): Cli => {
  let name = '';
  const declare = (kind: Kind) => () => {
    declared.set(name, kind);
    return () => Promise.resolve();
  };
  return {
    command: (usage) => {
      name = `${group}${usage.split(' ')[0] ?? ''}`;
      return new Command(usage);
    },
    group: (command) => declaring(declared, `${command} `),
    perform: declare('other'),
    view: declare('viewer'),
  };
};

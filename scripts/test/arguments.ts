import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../stack/folders.ts';
import { testFiles, testFilesAt, tiersNamed } from './tiers.ts';
import { WrongUse } from './wrong-use.ts';

export const USAGE = `\
npm test                                      everything except the deepest simulations
npm test -- --nightly                         everything, with the deepest simulations
npm test -- --changed                         only the files that your changes since main can touch
npm test -- --tier unit --tier property       only these (unit, property, architecture, replay, simulation, integration, delivery, e2e)
npm test -- --grep 'previous runner'          only tests with these words in their title
npm test -- test/unit/domain                  only these files and folders
npm test -- --coverage                        with coverage, and a check of its minimum values
npm test -- --node 24                         on another Node: a version, or a path
npm test -- --note-durations                  also record how long each file takes, so that long ones start first

Processes run side by side, as many as keep the cores busy; a single process prints as it goes.
The last line is always "N passed, N failed".
`;

export type Arguments =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'run';
      readonly files: readonly string[];
      readonly only: 'what changed' | 'what is named';
      readonly grep: string | undefined;
      readonly node: string | undefined;
      readonly coverage: boolean;
      readonly nightly: boolean;
      readonly noteDurations: boolean;
    };

/** Throws `WrongUse`, which names what exists, for an unknown option, tier or file. */
export const readArguments = (args: readonly string[]): Arguments => {
  const { values, positionals } = parse(args);
  if (values.help) return { kind: 'help' };
  const paths = positionals.map((path) => relative(root, resolve(path)));
  return {
    kind: 'run',
    files: paths.length > 0 ? testFilesAt(paths) : testFiles(tiersNamed(values.tier)),
    only: values.changed ? 'what changed' : 'what is named',
    grep: values.grep,
    node: values.node,
    coverage: values.coverage,
    nightly: values.nightly,
    noteDurations: values['note-durations'],
  };
};

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        tier: { type: 'string', multiple: true },
        grep: { type: 'string' },
        changed: { type: 'boolean', default: false },
        coverage: { type: 'boolean', default: false },
        nightly: { type: 'boolean', default: false },
        node: { type: 'string' },
        'note-durations': { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    // Cut the message: Node adds advice about arguments that begin with a dash.
    throw new WrongUse(
      String(error instanceof Error ? error.message : error).replace(/\. To specify .*/s, ''),
    );
  }
};

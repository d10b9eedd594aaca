import { parseArgs } from 'node:util';

export type DemoOptions = {
  readonly then: 'remove' | 'keep' | 'only remove' | 'only help';
  readonly color: 'wanted' | 'unwanted';
};

/** Undefined if an argument is unknown. */
export const readOptions = (args: readonly string[]): DemoOptions | undefined => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        keep: { type: 'boolean' },
        stop: { type: 'boolean' },
        'no-color': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    const { keep, stop, 'no-color': noColor, help } = values;
    return {
      then: help === true ? 'only help' : stop === true ? 'only remove' : keep === true ? 'keep' : 'remove',
      color: noColor === true ? 'unwanted' : 'wanted',
    };
  } catch {
    return undefined;
  }
};

export const USAGE = `\
npm run demo                 shows it, and leaves everything as it was found
npm run demo -- --keep       leaves it running, and says where everything is
npm run demo -- --stop       ends and removes what was kept
npm run demo -- --no-color   without colors (so does NO_COLOR)

Exit code 1 when a command is lost or an outcome doubled.
`;

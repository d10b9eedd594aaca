import { parseArgs } from 'node:util';

export type Wishes = {
  readonly then: 'remove' | 'keep' | 'only remove';
  readonly color: 'wanted' | 'unwanted';
};

/** Undefined for arguments that the demo does not have. */
export const readWishes = (args: readonly string[]): Wishes | undefined => {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { keep: { type: 'boolean' }, stop: { type: 'boolean' }, 'no-color': { type: 'boolean' } },
    });
    const { keep, stop, 'no-color': noColor } = values;
    return {
      then: stop === true ? 'only remove' : keep === true ? 'keep' : 'remove',
      color: noColor === true ? 'unwanted' : 'wanted',
    };
  } catch {
    return undefined;
  }
};

import { expect } from 'chai';
import { loadNamed, type LoadCommand } from '../../../../src/cli/frame/loading.ts';

describe('Of the commands', () => {
  const loaded = async (...args: string[]): Promise<readonly string[]> => {
    const names: string[] = [];
    const load =
      (name: string): LoadCommand =>
      (rest) => {
        names.push([name, ...rest].join(' '));
        return Promise.resolve(() => undefined);
      };
    await loadNamed({ boil: load('boil'), brew: load('brew') }, args);
    return names;
  };

  it('the named one is loaded, and gets the words after its name', async () => {
    expect(await loaded('brew', 'tea', '--json')).to.deep.equal(['brew tea --json']);
  });

  it('all are loaded if none is named, for help and for hints', async () => {
    for (const args of [[], ['--help'], ['brwe'], ['constructor'], ['help', 'brew']])
      expect(await loaded(...args), args.join(' ')).to.deep.equal(['boil', 'brew']);
  });
});

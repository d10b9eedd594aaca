import { expect } from 'chai';
import { readOptions } from '../../../../scripts/chaos/options.ts';

const optionsOf = (...args: string[]) => {
  const given = readOptions(args, () => 99);
  return given.kind === 'run' ? given.options : given.kind;
};

describe('The options of a chaos run', () => {
  it('have sensible defaults, and a seed of chance', () => {
    expect(optionsOf()).to.deep.equal({
      commands: 10_000,
      instances: 3,
      brokers: 1,
      seed: 99,
      output: 'table',
      afterwards: 'remove',
    });
  });

  it('are taken as given', () => {
    expect(
      optionsOf(
        ...['--commands', '100', '--instances', '1', '--brokers', '2', '--seed', '0', '--json', '--keep'],
      ),
    ).to.deep.equal({ commands: 100, instances: 1, brokers: 2, seed: 0, output: 'json', afterwards: 'keep' });
    expect(optionsOf('--help', '--seed', '1')).to.equal('help');
  });

  it('are refused, by name, if they make no sense', () => {
    expect(() => optionsOf('--commands', '3')).to.throw('--commands takes a whole number from 100');
    expect(() => optionsOf('--instances', 'two')).to.throw(
      '--instances takes a whole number from 1 to 16, not two',
    );
    expect(() => optionsOf('--brokers', '3')).to.throw('--brokers takes a whole number from 1 to 2, not 3');
    expect(() => optionsOf('--seed', '-1')).to.throw();
    expect(() => optionsOf('--comands', '100')).to.throw("Unknown option '--comands'");
    expect(() => optionsOf('100')).to.throw();
  });
});

import { expect } from 'chai';
import { HELP, PARTS, readOptions } from '../../../../scripts/bench/options.ts';

describe('The options of the benchmarks', () => {
  it('measure everything at its usual size without any', () => {
    expect(readOptions([])).to.deep.equal({
      kind: 'run',
      options: { parts: PARTS, size: 'usual', output: 'table', growth: 'leave out', afterwards: 'nothing' },
    });
  });

  it('name what is measured, how thoroughly, and beside which other version', () => {
    expect(readOptions(['serve', '--quick', '--json', '--against', 'v0.1.0'])).to.deep.equal({
      kind: 'run',
      options: {
        parts: ['serve'],
        size: 'quick',
        output: 'json',
        against: 'v0.1.0',
        growth: 'leave out',
        afterwards: 'nothing',
      },
    });
  });

  it('measure growth for the docs', () => {
    expect(readOptions(['serve', '--docs'])).to.deep.include({
      kind: 'run',
      options: {
        parts: ['serve'],
        size: 'usual',
        output: 'table',
        growth: 'measure',
        afterwards: 'write docs',
      },
    });
  });

  it('are refused if they contradict each other', () => {
    expect(() => readOptions(['serve', '--check', '--docs'])).to.throw('exclude each other');
    expect(() => readOptions(['verify', '--growth'])).to.throw('work only with serve');
  });

  it('are refused if they name nothing that can be measured', () => {
    expect(() => readOptions(['demo'])).to.throw('there is no demo to measure, only verify, emit, serve');
  });

  it('are all in the help', () => {
    for (const word of [
      ...PARTS,
      '--quick',
      '--full',
      '--against',
      '--growth',
      '--docs',
      '--check',
      '--note-ratio',
      '--json',
    ])
      expect(HELP).to.include(word);
  });
});

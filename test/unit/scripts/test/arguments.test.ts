import { expect } from 'chai';
import { readArguments } from '../../../../scripts/test/arguments.ts';
import { addUp } from '../../../../scripts/test/report.ts';
import { testFiles } from '../../../../scripts/test/tiers.ts';
import { timeSpent } from '../../../../scripts/test/time-spent.ts';

describe('What npm test is asked for', () => {
  it('is every test file, unless tiers, files or folders are named', () => {
    expect(readArguments([])).to.include({
      kind: 'run',
      only: 'what is named',
      nightly: false,
      coverage: false,
    });
    expect(readArguments([])).to.deep.include({ files: testFiles() });
    expect(readArguments(['--tier', 'replay'])).to.deep.include({ files: testFiles(['replay']) });
    const file = 'test/unit/domain/lot.test.ts';
    expect(readArguments([`./${file}`, '--changed'])).to.deep.include({
      files: [file],
      only: 'what changed',
    });
  });

  it('is refused if there is no such option, tier or file', () => {
    const refusal = (...args: string[]): string => {
      try {
        return readArguments(args).kind;
      } catch (error) {
        return String(error);
      }
    };
    expect(refusal('--unknown')).to.equal("WrongUse: Unknown option '--unknown'");
    expect(refusal('--tier', 'slow')).to.match(/^WrongUse: there is no tier slow; the tiers are unit, /);
    expect(refusal('test/unit/nobody')).to.equal('WrongUse: there is no test file at test/unit/nobody');
    expect(refusal('--node')).to.match(/^WrongUse: Option '--node <value>' argument missing/);
  });
});

describe('What the processes of a test run report', () => {
  const one = {
    counts: { passed: 3, failed: 1 },
    failures: ['a: b'],
    seconds: { 'test/unit/a.test.ts': 1.25 },
  };
  const other = { counts: { passed: 2, failed: 0 }, failures: [], seconds: { 'test/e2e/b.test.ts': 30 } };

  it('is added up', () => {
    expect(addUp([one, other])).to.deep.equal({
      counts: { passed: 5, failed: 1 },
      failures: ['a: b'],
      seconds: { 'test/unit/a.test.ts': 1.25, 'test/e2e/b.test.ts': 30 },
    });
    expect(addUp([]).counts).to.deep.equal({ passed: 0, failed: 0 });
  });

  it('lists where the time went, the slowest first', () => {
    expect(timeSpent(addUp([one, other]).seconds).slice(1)).to.deep.equal([
      '    30.0 s  e2e, all its files',
      '     1.3 s  unit, all its files',
      '    30.0 s  test/e2e/b.test.ts',
      '     1.3 s  test/unit/a.test.ts',
    ]);
  });
});

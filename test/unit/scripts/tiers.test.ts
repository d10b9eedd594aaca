import { expect } from 'chai';
import { needServers, testFiles, testFilesAt, tiersNamed } from '../../../scripts/test/tiers.ts';

describe('The tiers of tests', () => {
  it('are all run unless some are named', () => {
    expect(tiersNamed()).to.deep.equal([
      'unit',
      'property',
      'architecture',
      'replay',
      'simulation',
      'integration',
      'delivery',
      'e2e',
    ]);
    expect(tiersNamed(['e2e', 'unit'])).to.deep.equal(['e2e', 'unit']);
  });

  it('refuse an unknown name', () => {
    expect(() => tiersNamed(['unit', 'slow'])).to.throw(
      'there is no tier slow; the tiers are unit, property',
    );
  });

  it('hold every test file', () => {
    expect(testFiles(['unit'])).to.include('test/unit/scripts/tiers.test.ts');
  });

  it('hold the files that are named, alone or by their folder', () => {
    const files = testFilesAt(['test/unit/scripts/', 'test/unit/scripts/tiers.test.ts']);
    expect(files).to.include.members([
      'test/unit/scripts/tiers.test.ts',
      'test/unit/scripts/chaos/plan.test.ts',
    ]);
    expect(new Set(files).size).to.equal(files.length);
    expect(() => testFilesAt(['test/unit/nobody.test.ts'])).to.throw(
      'there is no test file at test/unit/nobody',
    );
  });

  it('need servers only if their tests talk to them', () => {
    expect(needServers(['test/unit/domain/lot.test.ts', 'test/architecture/lint-rules.test.ts'])).to.equal(
      false,
    );
    expect(
      needServers(['test/unit/domain/lot.test.ts', 'test/integration/kafka/topics/topics.test.ts']),
    ).to.equal(true);
  });
});

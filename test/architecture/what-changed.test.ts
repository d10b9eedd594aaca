import { expect } from 'chai';
import { touchedBy } from '../../scripts/test/changed.ts';
import { createMentions } from '../../scripts/test/mentions.ts';
import { testFiles } from '../../scripts/test/tiers.ts';

/** Reads each file once. */
const mentions = createMentions();

const touched = (...changed: string[]): string[] => touchedBy(changed, testFiles(), mentions);

describe('What a change can touch', () => {
  it('is nothing if nothing has changed', () => {
    expect(touched()).to.deep.equal([]);
  });

  it('is every test that imports it, however far away', () => {
    const files = touched('src/scratch/bloom-filter.ts');
    expect(files).to.include('test/property/claim-index.test.ts');
    expect(files).not.to.include('test/unit/domain/lot.test.ts');
  });

  it('is every test that starts the command line, for anything in src', () => {
    const files = touched('src/cli/tail/record-text.ts');
    expect(files).to.include('test/delivery/bugs.test.ts').and.include('test/integration/cli/dlq.test.ts');
    expect(files).not.to.include('test/property/bounds.test.ts');
  });

  it('is every test that reads it, or starts it by its path', () => {
    expect(touched('test/fixtures/decisions.json')).to.include('test/property/worked-decisions.test.ts');
    expect(touched('test/replay/0.1.0/fair-share.avro')).to.include('test/replay/recorded-histories.test.ts');
    expect(touched('test/support/faulty-serve.ts')).to.include('test/delivery/bugs.test.ts');
    expect(touched('schemas/run.closed-value.avsc')).to.include('test/unit/schemas/schemas.test.ts');
  });

  it('is the test itself', () => {
    const file = 'test/unit/domain/lot.test.ts';
    expect(touched(file)).to.include(file).and.not.to.include('test/unit/domain/line-up.test.ts');
  });

  it('is every test on real servers, for what starts them', () => {
    expect(touched('scripts/stack/kafka-settings.ts')).to.include(
      'test/integration/postgres/event-days.test.ts',
    );
  });

  it('is everything, for the packages and for what runs the tests', () => {
    for (const file of ['package-lock.json', 'scripts/test/jobs.ts', 'test/support/leak-check.ts'])
      expect(touched(file)).to.deep.equal(testFiles());
  });

  it('is the tests that look at the whole project, whatever it is', () => {
    const files = touched('docs/operate.md');
    expect(files).to.include('test/architecture/readme.test.ts').and.include('test/e2e/readme.test.ts');
    expect(files).not.to.include('test/unit/domain/lot.test.ts');
  });
});

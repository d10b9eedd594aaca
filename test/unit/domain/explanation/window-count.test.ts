import { expect } from 'chai';
import { entry, explained, held, runs } from '../../../support/explaining.ts';

describe('the explanation under window-count', () => {
  const policy = 'window-count';
  const dana = entry('Dana', { servedInWindow: 1, lastServedSequence: 17 });
  const eli = entry('Eli', { servedInWindow: 1, lastServedSequence: 18 });
  const flo = entry('Flo', { servedInWindow: 2, lastServedSequence: 19 });

  it('tells how often the runner served in the window', () => {
    expect(explained({ policy, reason: 'LOWEST' }, dana, flo, { ...flo, displayName: 'Gus' })).to.equal(
      'Dana makes this run. Dana served 1 of the last 5 runs, fewest of the 3 who could go.',
    );
  });

  it('counts the runs there are, where the window reaches back further', () => {
    expect(explained({ policy, reason: 'LOWEST', windowRuns: 50 }, dana, flo)).to.contain(
      '1 of the last 20 runs',
    );
  });

  it('speaks of the last run where there is only one', () => {
    const window = { policy, windowRuns: 1 } as const;
    expect(explained({ ...window, reason: 'LOWEST' }, entry('Dana'), flo)).to.equal(
      'Dana makes this run. Dana did not serve the last run, fewest of the 2 who could go.',
    );
    const again = entry('Dana', { servedInWindow: 1, lastServedSequence: 20 });
    expect(explained({ ...window, reason: 'SOLE_ELIGIBLE' }, again)).to.equal(
      'Dana makes this run. Dana served the last run. Dana is the only one here who could go, so goes again.',
    );
  });

  it('says that no run has been closed yet', () => {
    expect(explained({ policy, sequence: 1, reason: 'TIE_ID' }, entry('Dana'), entry('Eli'))).to.equal(
      'Dana makes this run. No run has been closed here yet. Dana and Eli are tied; the lower id goes.',
    );
  });

  it('tells who was due before the runner but made the last run', () => {
    expect(
      explained(
        { policy, windowRuns: 6, reason: 'PREVIOUS_EXCLUDED' },
        flo,
        held('Ben', { servedInWindow: 1, balance: runs(3) }),
      ),
    ).to.equal(
      'Flo makes this run. Flo served 2 of the last 6 runs. ' +
        'Ben (1 of the last 6 runs) was due before Flo but made the last run, so sits this one out.',
    );
  });

  it('tells who went longest ago of those who served as often', () => {
    expect(explained({ policy, reason: 'TIE_LONGEST_AGO' }, dana, eli, flo)).to.equal(
      'Dana makes this run. Dana served 1 of the last 5 runs. ' +
        'Dana and Eli both served 1 of the last 5 runs. Dana went in run 17, Eli in run 18, so Dana goes.',
    );
    expect(
      explained({ policy, reason: 'TIE_LONGEST_AGO' }, dana, eli, { ...eli, displayName: 'Gus' }),
    ).to.contain('Dana, Eli and 1 other all served 1 of the last 5 runs.');
  });

  it('tells that the lower id goes', () => {
    expect(explained({ policy, reason: 'TIE_ID' }, entry('Dana'), entry('Eli'), flo)).to.equal(
      'Dana makes this run. Dana served 0 of the last 5 runs. ' +
        'Dana and Eli are tied, with none of the last 5 runs; the lower id goes.',
    );
    expect(explained({ policy, windowRuns: 1, reason: 'TIE_ID' }, entry('Dana'), entry('Eli'))).to.contain(
      'Dana and Eli are tied, and neither served the last run; the lower id goes.',
    );
  });

  it('measures by the balance how much better off the next in line is', () => {
    expect(
      explained(
        { policy, reason: 'SOFT_REPEAT' },
        entry('Dana', { servedInWindow: 1, lastServedSequence: 20, balance: -1 }),
        { ...flo, balance: runs(1.2) },
      ),
    ).to.equal(
      'Dana makes this run. Dana served 1 of the last 5 runs, fewest of the 2 who could go. ' +
        'Dana went last time too: Flo, next in line, is 1.20 runs better off, and one whole run lifts the rule.',
    );
  });
});

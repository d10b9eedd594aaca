import { expect } from 'chai';
import { entry, explained, held } from '../../../support/explaining.ts';

describe('the explanation under least-recent', () => {
  const policy = 'least-recent';
  const dana = entry('Dana', { lastServedSequence: 12, balance: 1 });
  const eli = entry('Eli', { lastServedSequence: 15 });

  it('tells when the runner last went', () => {
    expect(
      explained({ policy, reason: 'LOWEST' }, dana, eli, entry('Flo', { lastServedSequence: 16 })),
    ).to.equal('Dana makes this run. Dana last went in run 12, longest ago of the 3 who could go.');
  });

  it('tells that only the runner has not gone yet', () => {
    expect(explained({ policy, reason: 'LOWEST' }, entry('Dana'), eli, held('Ben'))).to.equal(
      'Dana makes this run. Dana has not gone yet; the others who could go have. Ben made the last run, so sits this one out.',
    );
  });

  it('tells on whom the lot fell', () => {
    expect(
      explained({ policy, reason: 'TIE_LOT' }, entry('Dana'), entry('Flo', { balance: 5 }), eli),
    ).to.equal(
      'Dana makes this run. Dana has not gone yet. Dana and Flo are tied, and neither has gone yet. ' +
        'The lot fell to Dana; the same run always gives the same lot.',
    );
  });

  it('tells that only one could go', () => {
    expect(explained({ policy, reason: 'SOLE_ELIGIBLE' }, dana)).to.equal(
      'Dana makes this run. Dana last went in run 12. Dana is the only one here who could go.',
    );
  });
});

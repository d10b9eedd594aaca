import { expect } from 'chai';
import { ago, shortAgo } from '../../../../src/domain/words/ago.ts';

describe('how long ago somebody went', () => {
  it('is counted in runs of the channel', () => {
    expect([12, 20, null].map((lastServedSequence) => ago(21, { lastServedSequence }))).to.deep.equal([
      '9 runs ago',
      'last time',
      'never',
    ]);
  });

  it('leaves out "runs ago" behind another number of runs', () => {
    expect([15, 20].map((lastServedSequence) => shortAgo(21, { lastServedSequence }))).to.deep.equal([
      '6',
      'last time',
    ]);
  });
});

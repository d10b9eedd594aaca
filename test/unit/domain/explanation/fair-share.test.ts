import { expect } from 'chai';
import { entry, explained, held, runs } from '../../../support/explaining.ts';

describe('the explanation under fair-share', () => {
  const dana = entry('Dana', { served: 3, balance: runs(-7 / 6), lastServedSequence: 12 });
  const eli = entry('Eli', { served: 4, balance: runs(0.2), lastServedSequence: 15 });
  const ben = entry('Ben', { balance: runs(0.5) });
  const gone = entry('Zoe', { lastServedSequence: 3 });

  for (const policy of ['fair-share', 'fair-share-weighted'] as const) {
    it(`tells what the runner has made and drunk (${policy})`, () => {
      expect(explained({ policy, reason: 'LOWEST' }, dana, eli, ben)).to.equal(
        "Dana makes this run. Dana has made 3 and drunk 4.17 runs' worth: 1.17 behind, the most due of the 3 who could go.",
      );
    });
  }

  it('counts only those who could go', () => {
    expect(
      explained({ reason: 'LOWEST' }, dana, eli, held('Ben'), entry('Cleo', { exclusion: 'CANNOT_RUN' })),
    ).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.17 runs' worth: 1.17 behind, the most due of the 2 who could go. " +
        'Ben made the last run, so sits this one out.',
    );
  });

  it('calls a balance of exactly 0 level, and one above it ahead', () => {
    expect(explained({ reason: 'LOWEST' }, entry('Dana', { served: 2 }), eli)).to.contain(
      "Dana has made 2 and drunk 2.00 runs' worth: level, the most due",
    );
    expect(explained({ reason: 'LOWEST' }, eli, ben)).to.contain(
      "Eli has made 4 and drunk 3.80 runs' worth: 0.20 ahead, the most due",
    );
  });

  it('leaves the comparison out where nobody else could go', () => {
    expect(explained({ reason: 'LOWEST' }, dana, held('Ben', { balance: runs(1) }))).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.17 runs' worth: 1.17 behind. " +
        'Ben made the last run, so sits this one out.',
    );
  });

  it('tells who was due before the runner but made the last run', () => {
    expect(
      explained({ reason: 'PREVIOUS_EXCLUDED' }, dana, eli, held('Ben', { balance: runs(-1.3) })),
    ).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.17 runs' worth: 1.17 behind, the most due of the 2 who could go. " +
        'Ben (1.30 behind) was due before Dana but made the last run, so sits this one out.',
    );
  });

  it('tells who went longest ago of level people', () => {
    const level = { balance: runs(-0.4) };
    expect(
      explained({ reason: 'TIE_LONGEST_AGO' }, { ...dana, ...level }, { ...eli, ...level }, ben),
    ).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 3.40 runs' worth: 0.40 behind. " +
        'Dana and Eli are both 0.40 behind. Dana went in run 12, Eli in run 15, so Dana goes.',
    );
  });

  it('tells that one of level people has not gone yet', () => {
    const fresh = entry('Dana', { balance: runs(0.2) });
    expect(explained({ reason: 'TIE_LONGEST_AGO' }, fresh, eli, { ...ben, balance: runs(0.2) })).to.contain(
      'Dana, Eli and 1 other are all 0.20 ahead. Dana has not gone yet, Eli went in run 15, so Dana goes.',
    );
  });

  it('calls people level who are', () => {
    expect(
      explained({ reason: 'TIE_LONGEST_AGO' }, entry('Dana'), entry('Eli', { lastServedSequence: 3 })),
    ).to.contain('Dana and Eli are both level.');
  });

  it('tells on whom the lot fell', () => {
    expect(explained({ reason: 'TIE_LOT' }, entry('Dana'), entry('Eli'), gone, held('Ben'))).to.equal(
      "Dana makes this run. Dana has made 0 and drunk 0.00 runs' worth: level. " +
        'Dana and Eli are tied, and neither has gone yet. The lot fell to Dana; the same run always gives the same lot. ' +
        'Ben made the last run, so sits this one out.',
    );
  });

  it('counts the tied beyond the first two, but not those who have gone', () => {
    const others = ['Flo', 'Gus', 'Hal'].map((name) => entry(name));
    expect(explained({ reason: 'TIE_LOT' }, entry('Dana'), entry('Eli'), ...others, gone)).to.contain(
      'Dana, Eli and 3 others are tied, and none of the tied has gone yet. The lot fell to Dana;',
    );
  });

  it('tells that only one could go', () => {
    const unable = entry('Eli', { exclusion: 'CANNOT_RUN' });
    expect(explained({ reason: 'SOLE_ELIGIBLE' }, dana, unable)).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.17 runs' worth: 1.17 behind. " +
        'Dana is the only one here who could go.',
    );
    expect(explained({ reason: 'SOLE_ELIGIBLE' }, { ...dana, lastServedSequence: 20 }, unable)).to.contain(
      '1.17 behind. Dana is the only one here who could go, so goes again.',
    );
  });

  it('tells that repeats were allowed', () => {
    expect(explained({ reason: 'REPEAT_ALLOWED' }, { ...dana, lastServedSequence: 20 }, eli)).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.17 runs' worth: 1.17 behind, the most due of the 2 who could go. " +
        'Dana went last time too; repeats were allowed for this run.',
    );
  });

  it('does not call the runner the most due of level people where repeats were allowed', () => {
    expect(
      explained(
        { reason: 'REPEAT_ALLOWED' },
        { ...dana, lastServedSequence: 20 },
        { ...eli, balance: dana.balance },
      ),
    ).to.contain('1.17 behind. Dana went last time too;');
  });

  it('tells that the next in line is more than a run better off', () => {
    expect(
      explained(
        { reason: 'SOFT_REPEAT' },
        { ...dana, balance: runs(-1), lastServedSequence: 20 },
        { ...eli, balance: runs(0.2) },
      ),
    ).to.equal(
      "Dana makes this run. Dana has made 3 and drunk 4.00 runs' worth: 1.00 behind, the most due of the 2 who could go. " +
        'Dana went last time too: Eli, next in line, is 1.20 runs better off, and one whole run lifts the rule.',
    );
  });
});

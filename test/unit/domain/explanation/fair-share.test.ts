import { expect } from 'chai';
import { entry, explained, held, runs } from '../../../support/explaining.ts';

describe('the explanation under fair-share', () => {
  const mateo = entry('Mateo', { served: 1, balance: runs(-0.2), lastServedSequence: 8 });
  const nadia = entry('Nadia', { served: 1, balance: runs(-0.16), lastServedSequence: 3 });
  const lena = entry('Lena', { served: 5, balance: runs(0.22), lastServedSequence: 11 });
  const olek = entry('Olek', { served: 6, balance: runs(0.3), lastServedSequence: 10 });
  const fresh = (name: string) => entry(name);

  for (const policy of ['fair-share', 'fair-share-weighted'] as const) {
    it(`says how far behind the runner is (${policy})`, () => {
      expect(explained({ policy, reason: 'LOWEST' }, mateo, nadia)).to.equal(
        'Mateo goes: 0.20 runs behind (made 1, fair share 1.20); Nadia is 0.16 behind.',
      );
      expect(explained({ policy, reason: 'LOWEST' }, mateo, nadia, fresh('Quinn'), lena, olek)).to.equal(
        'Mateo goes: 0.20 runs behind (made 1, fair share 1.20), the furthest of the 5 in line.',
      );
    });
  }

  it('compares two people in line by their balances', () => {
    expect(explained({ reason: 'LOWEST' }, mateo, fresh('Quinn'))).to.equal(
      'Mateo goes: 0.20 runs behind (made 1, fair share 1.20); Quinn is even.',
    );
    expect(explained({ reason: 'LOWEST' }, mateo, olek)).to.equal(
      'Mateo goes: 0.20 runs behind (made 1, fair share 1.20); Olek is 0.30 ahead.',
    );
  });

  it('says that the runner is even and everyone else is ahead', () => {
    const even = entry('Mateo', { served: 4, lastServedSequence: 8 });
    expect(explained({ reason: 'LOWEST' }, even, olek)).to.equal(
      'Mateo goes: even (made 4, fair share 4.00); Olek is 0.30 ahead.',
    );
    expect(explained({ reason: 'LOWEST' }, even, lena, olek)).to.equal(
      'Mateo goes: even (made 4, fair share 4.00); everyone else in line is ahead.',
    );
  });

  it('says that the runner orders for the first time', () => {
    expect(explained({ reason: 'LOWEST' }, fresh('Quinn'), olek)).to.equal(
      'Quinn goes: ordering here for the first time; Olek is 0.30 ahead.',
    );
    expect(explained({ reason: 'LOWEST' }, fresh('Quinn'), lena, olek)).to.equal(
      'Quinn goes: ordering here for the first time; everyone else in line is ahead.',
    );
  });

  it('says that the runner is ahead and the others are further ahead', () => {
    expect(explained({ reason: 'LOWEST' }, lena, olek)).to.equal(
      'Lena goes: 0.22 runs ahead (made 5, fair share 4.78); Olek is 0.30 ahead.',
    );
    expect(explained({ reason: 'LOWEST' }, lena, olek, { ...olek, displayName: 'Ben' })).to.equal(
      'Lena goes: 0.22 runs ahead (made 5, fair share 4.78); everyone else in line is further ahead.',
    );
  });

  it('counts only those in line, and keeps silent about a held previous runner who would not have been first', () => {
    expect(
      explained(
        { reason: 'LOWEST' },
        mateo,
        nadia,
        lena,
        held('Ben', { balance: runs(1) }),
        entry('Cleo', { exclusion: 'CANNOT_RUN' }),
      ),
    ).to.equal('Mateo goes: 0.20 runs behind (made 1, fair share 1.20), the furthest of the 3 in line.');
  });

  it('says that the previous runner would have been first', () => {
    const rosa = held('Rosa', { served: 1, balance: runs(-0.66) });
    expect(explained({ reason: 'PREVIOUS_EXCLUDED' }, mateo, nadia, rosa)).to.equal(
      'Mateo goes: 0.20 runs behind (made 1, fair share 1.20); Nadia is 0.16 behind. ' +
        'Rosa (0.66 runs behind) would have been first, but went last time.',
    );
    expect(explained({ reason: 'PREVIOUS_EXCLUDED' }, mateo, nadia, lena, rosa)).to.equal(
      'Mateo goes: 0.20 runs behind (made 1, fair share 1.20), the furthest of the 3 in line. ' +
        'Rosa (0.66 runs behind) would have been first, but went last time.',
    );
  });

  it('says who of two with the same balance went longer ago', () => {
    const dana = entry('Dana', { served: 3, balance: runs(-0.4), lastServedSequence: 12 });
    const eli = entry('Eli', { served: 4, balance: runs(-0.4), lastServedSequence: 15 });
    expect(explained({ reason: 'TIE_LONGEST_AGO' }, dana, eli, lena)).to.equal(
      'Dana goes: Dana and Eli are both 0.40 runs behind, and Dana went longer ago (9 runs ago; Eli 6).',
    );
    expect(explained({ reason: 'TIE_LONGEST_AGO' }, dana, { ...eli, lastServedSequence: 20 })).to.equal(
      'Dana goes: Dana and Eli are both 0.40 runs behind, and Dana went longer ago (9 runs ago; Eli last time).',
    );
    const never = entry('Dana', { balance: runs(-0.4) });
    expect(explained({ reason: 'TIE_LONGEST_AGO' }, never, eli)).to.equal(
      'Dana goes: Dana and Eli are both 0.40 runs behind, and Dana has never gone.',
    );
  });

  it('says who of several with the same balance went longest ago', () => {
    const [dana, eli, flo] = ['Dana', 'Eli', 'Flo'].map((name, index) =>
      entry(name, { served: 4, lastServedSequence: 12 + index }),
    ) as [typeof mateo, typeof mateo, typeof mateo];
    expect(explained({ reason: 'TIE_LONGEST_AGO' }, dana, eli, flo, olek)).to.equal(
      'Dana goes: Dana, Eli and Flo are all even, and Dana went longest ago (9 runs ago).',
    );
    expect(explained({ reason: 'TIE_LONGEST_AGO' }, fresh('Quinn'), eli, flo)).to.equal(
      'Quinn goes: Quinn, Eli and Flo are all even, and Quinn has never gone.',
    );
  });

  it('says that the lot decides the first run of a channel', () => {
    expect(explained({ reason: 'TIE_LOT', sequence: 1 }, fresh('Ada'), fresh('Ben'))).to.equal(
      'Ada goes, by lot: this is the first run here, so everyone starts even.',
    );
  });

  it('says that the lot decides between people who have never gone', () => {
    const behind = (name: string) => entry(name, { balance: runs(-0.25) });
    expect(explained({ reason: 'TIE_LOT' }, behind('Ada'), behind('Ben'), olek)).to.equal(
      'Ada goes, by lot: Ada and Ben are both 0.25 runs behind and have never gone.',
    );
    expect(explained({ reason: 'TIE_LOT' }, behind('Ada'), behind('Ben'), behind('Cleo'))).to.equal(
      'Ada goes, by lot: Ada, Ben and Cleo are all 0.25 runs behind and have never gone.',
    );
  });

  it('says that the lot decides between people who are new', () => {
    expect(explained({ reason: 'TIE_LOT' }, fresh('Ada'), fresh('Ben'), olek)).to.equal(
      'Ada goes, by lot: Ada and Ben are both ordering here for the first time.',
    );
    const [first, ...others] = ['Ada', 'Ben', 'Cleo', 'Dana', 'Eli'].map(fresh) as [typeof mateo];
    expect(explained({ reason: 'TIE_LOT' }, first, ...others)).to.equal(
      'Ada goes, by lot: Ada, Ben, Cleo and 2 others are all ordering here for the first time.',
    );
  });

  it('says that a repeat was allowed', () => {
    const again = { ...mateo, lastServedSequence: 20 };
    expect(explained({ reason: 'REPEAT_ALLOWED' }, again, nadia)).to.equal(
      'Mateo goes again: 0.20 runs behind (made 1, fair share 1.20); Nadia is 0.16 behind. ' +
        'Two in a row was allowed for this run.',
    );
  });

  it('says that the soft rule lets somebody go again', () => {
    const zoe = entry('Zoë', { served: 3, balance: runs(-1.25), lastServedSequence: 20 });
    const ana = entry('Ana', { served: 2, balance: runs(0.08), lastServedSequence: 19 });
    expect(explained({ reason: 'SOFT_REPEAT' }, zoe, ana, olek)).to.equal(
      'Zoë goes again: 1.25 runs behind (made 3, fair share 4.25), the furthest of the 3 in line. ' +
        'Two in a row happens here only when the next in line is at least one run better off: Ana is 1.33 better off.',
    );
  });
});

import { expect } from 'chai';
import { entry, explained, held } from '../../../support/explaining.ts';

describe('the explanation under least-recent', () => {
  const policy = 'least-recent';
  const dana = entry('Dana', { lastServedSequence: 12, balance: 1 });
  const nadia = entry('Nadia', { lastServedSequence: 17 });
  const olek = entry('Olek', { lastServedSequence: 20 });
  const fresh = (name: string) => entry(name);

  it('says how many runs ago each of two last went', () => {
    expect(explained({ policy, reason: 'LOWEST' }, dana, nadia)).to.equal(
      'Dana goes: last went 9 runs ago; Nadia 4.',
    );
    expect(explained({ policy, reason: 'LOWEST' }, dana, olek)).to.equal(
      'Dana goes: last went 9 runs ago; Olek last time.',
    );
    expect(explained({ policy, reason: 'LOWEST' }, fresh('Ada'), nadia)).to.equal(
      'Ada goes: has never gone; Nadia went 4 runs ago.',
    );
    expect(explained({ policy, reason: 'LOWEST' }, fresh('Ada'), olek)).to.equal(
      'Ada goes: has never gone; Olek went last time.',
    );
  });

  it('says who of several last went longest ago', () => {
    expect(explained({ policy, reason: 'LOWEST' }, dana, nadia, olek)).to.equal(
      'Dana goes: last went 9 runs ago, the longest of the 3 in line.',
    );
    expect(explained({ policy, reason: 'LOWEST' }, fresh('Ada'), dana, nadia, held('Ben'))).to.equal(
      'Ada goes: the only one in line who has never gone.',
    );
  });

  it('says that the lot decides', () => {
    const [ada, ben, cleo] = ['Ada', 'Ben', 'Cleo'].map(fresh) as [typeof dana, typeof dana, typeof dana];
    expect(explained({ policy, reason: 'TIE_LOT' }, ada, ben, cleo, nadia)).to.equal(
      'Ada goes, by lot: Ada, Ben and Cleo have never gone.',
    );
    expect(explained({ policy, reason: 'TIE_LOT' }, ada, ben, nadia)).to.equal(
      'Ada goes, by lot: Ada and Ben have never gone.',
    );
    expect(explained({ policy, reason: 'TIE_LOT', sequence: 1 }, ada, ben)).to.equal(
      'Ada goes, by lot: this is the first run here, so everyone starts even.',
    );
  });
});

import { expect } from 'chai';
import { createNames, joinNames, withoutLineBreaks } from '../../../../src/domain/words/names.ts';

describe('a name in a text', () => {
  it('is the display name, with the id if two people share one', () => {
    const people = [
      { userId: 'U1', displayName: 'Dana' },
      { userId: 'U2', displayName: 'Eli' },
      { userId: 'U3', displayName: 'Dana' },
    ];
    expect(people.map(createNames(people))).to.deep.equal(['Dana (U1)', 'Eli', 'Dana (U3)']);
  });

  it('has the id too if two names only look alike', () => {
    const people = [
      { userId: 'U1', displayName: 'Dana\t' },
      { userId: 'U2\u2029', displayName: 'Dana\n' },
    ];
    expect(people.map(createNames(people))).to.deep.equal(['Dana  (U1)', 'Dana  (U2 )']);
  });
});

describe('a list of names', () => {
  it('names up to four people, of more only three', () => {
    const names = ['A', 'B', 'C', 'D', 'E', 'F'];
    expect([1, 2, 3, 4, 5, 6].map((many) => joinNames(names.slice(0, many)))).to.deep.equal([
      'A',
      'A and B',
      'A, B and C',
      'A, B, C and D',
      'A, B, C and 2 others',
      'A, B, C and 3 others',
    ]);
  });
});

describe('a field in a text', () => {
  it('has one space for each control character and line separator', () => {
    expect(withoutLineBreaks('a\0b\r\nc\u007fd\u009fe\u2028f\u2029g')).to.equal('a b  c d e f g');
  });

  it('is literal otherwise', () => {
    expect(withoutLineBreaks('  <b>*Ü🙂*</b>\u00a0\u200b ')).to.equal('  <b>*Ü🙂*</b>\u00a0\u200b ');
  });
});

import { expect } from 'chai';
import { integerList } from '../../../src/postgres/integer-lists.ts';

describe('an array of integers from Postgres', () => {
  it('is read as a list, with nulls', () => {
    expect(integerList('{}')).to.deep.equal([]);
    expect(integerList('{0}')).to.deep.equal([0]);
    expect(integerList('{1,-23,NULL,456,NULL}')).to.deep.equal([1, -23, null, 456, null]);
  });

  it('is exact up to ±(2^53−1), and fails beyond', () => {
    const { MAX_SAFE_INTEGER, MIN_SAFE_INTEGER } = Number;
    expect(integerList(`{${MAX_SAFE_INTEGER},${MIN_SAFE_INTEGER}}`)).to.deep.equal([
      MAX_SAFE_INTEGER,
      MIN_SAFE_INTEGER,
    ]);
    for (const tooLarge of ['9007199254740992', '-9007199254740993', '9223372036854775807'])
      expect(() => integerList(`{1,${tooLarge}}`), tooLarge).to.throw('beyond ±(2^53−1)');
  });
});

import { expect } from 'chai';
import type { BinarySqlToken } from 'slonik';
import { bigintArray, byteaArray, integerArray, textArray } from '../../../src/postgres/binary-arrays.ts';

const hexOf = (token: BinarySqlToken): string => token.data.toString('hex');

const header = (elementType: number, length: number): string =>
  [1, 1, elementType, length, 1].map((word) => word.toString(16).padStart(8, '0')).join('');

describe('arrays as binary parameters', () => {
  it('hold texts as UTF-8, each with its length in bytes', () => {
    expect(hexOf(textArray(['ab', '', 'é']))).to.equal(
      `${header(25, 3)}00000002616200000000` + '00000002c3a9',
    );
  });

  it('mark what is null by a length of −1', () => {
    expect(hexOf(textArray([null, 'a']))).to.equal(`${header(25, 2)}ffffffff0000000161`);
    expect(hexOf(bigintArray([null]))).to.equal(`${header(20, 1)}ffffffff`);
  });

  it('hold numbers in two’s complement, as BigInt would write them', () => {
    for (const value of [0, 1, -1, 2 ** 32, -(2 ** 32), 2 ** 32 - 1, -(2 ** 31) - 1, 5e12, -5e12]) {
      const expected = Buffer.alloc(8);
      expected.writeBigInt64BE(BigInt(value));
      expect(hexOf(bigintArray([value])), String(value)).to.equal(
        `${header(20, 1)}00000008${expected.toString('hex')}`,
      );
    }
    for (const value of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
      expect(bigintArray([value]).data.readBigInt64BE(24)).to.equal(BigInt(value));
    }
    expect(hexOf(integerArray([-2]))).to.equal(`${header(23, 1)}00000004fffffffe`);
  });

  it('hold bytes as they are', () => {
    expect(hexOf(byteaArray([Buffer.from([0, 255]), Buffer.alloc(0)]))).to.equal(
      `${header(17, 2)}0000000200ff00000000`,
    );
  });

  it('may be empty', () => {
    expect(hexOf(textArray([]))).to.equal(header(25, 0));
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { LongOutOfRange, readLong, writeLong } from '../../../src/avro/long.ts';

const written = (value: number): Buffer => {
  const cursor = { buf: Buffer.alloc(16, 0xaa), pos: 0 };
  writeLong(cursor, value);
  return cursor.buf.subarray(0, cursor.pos);
};

/** The specification's zigzag and variable length, in unbounded integers. */
const reference = (value: bigint): Buffer => {
  let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  const bytes: number[] = [];
  for (; zigzag > 0x7fn; zigzag >>= 7n) bytes.push(Number(zigzag & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(zigzag)]);
};

const MAX = Number.MAX_SAFE_INTEGER;
const edges = [0, -1, 1, 63, 64, -64, -65, 2 ** 30, -(2 ** 31), 2 ** 52, -(2 ** 52) - 1, MAX, -MAX];

describe('Longs', () => {
  it('are written as the specification says, up to ±(2^53−1)', () => {
    for (const value of edges) expect(written(value)).to.deep.equal(reference(BigInt(value)));
    fc.assert(fc.property(fc.maxSafeInteger(), (value) => written(value).equals(reference(BigInt(value)))));
  });

  it('are read back as they were, and no byte beyond them', () => {
    const readBack = (value: number): void => {
      const cursor = { buf: Buffer.concat([written(value), Buffer.from([0xff])]), pos: 0 };
      expect(readLong(cursor)).to.equal(value);
      expect(cursor.pos).to.equal(cursor.buf.length - 1);
    };
    edges.forEach(readBack);
    fc.assert(fc.property(fc.maxSafeInteger(), readBack));
  });

  it('are refused beyond ±(2^53−1)', () => {
    const beyond = [2n ** 53n, -(2n ** 53n), 2n ** 53n + 1n, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n)];
    for (const value of beyond) {
      expect(() => readLong({ buf: reference(value), pos: 0 })).to.throw(LongOutOfRange, 'beyond ±(2^53−1)');
    }
  });

  it('are refused at more than ten bytes, however small', () => {
    const padded = (length: number): Buffer => Buffer.from([...Array<number>(length - 1).fill(0x80), 0]);
    expect(readLong({ buf: padded(10), pos: 0 })).to.equal(0);
    expect(() => readLong({ buf: padded(11), pos: 0 })).to.throw(LongOutOfRange, 'more than ten bytes');
  });
});

import { expect } from 'chai';
import { array, int32, int64, readFields, string } from '../../../../src/kafka/protocol/flexible-fields.ts';

describe('The fields of a flexible answer', () => {
  it('are read as they are written', () => {
    const long = 'é'.repeat(300);
    const fields = readFields(Buffer.concat([string(long), array([int32(-5), int32(7)]), int64(2 ** 40)]));
    expect(fields.string()).to.equal(long);
    expect(fields.array(() => fields.int32())).to.deep.equal([-5, 7]);
    expect(fields.int64()).to.equal(2 ** 40);
  });

  it('are refused if the answer was cut', () => {
    const whole = string('abc');
    for (let length = 0; length < whole.length; length += 1)
      expect(() => readFields(whole.subarray(0, length)).string(), String(length)).to.throw(RangeError);
  });

  it('can be null, which is an empty list for an array', () => {
    const fields = readFields(Buffer.from([0, 0]));
    expect(fields.string()).to.equal(null);
    expect(fields.array(() => fields.int32())).to.deep.equal([]);
  });

  it('end with tagged fields', () => {
    const fields = readFields(Buffer.from([2, 0, 1, 9, 5, 2, 8, 7]));
    expect([...fields.tagged()]).to.deep.equal([
      [0, Buffer.from([9])],
      [5, Buffer.from([8, 7])],
    ]);
  });
});

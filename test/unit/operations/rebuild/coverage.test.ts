import { expect } from 'chai';
import { requireNoGap, requireReach } from '../../../../src/operations/rebuild/coverage.ts';

const range = (partition: number, from: number, to: number) => ({
  partition,
  from,
  to,
  complete: from === 0,
});
const at = (...offsets: number[]) => new Map(offsets.map((offset, partition) => [partition, offset]));

/** What is missing of a topic that begins at `low` where somebody stands at `position`, with a file of `from` to `to`. */
const missing = (position: number, low: number, file?: [from: number, to: number]): string => {
  try {
    requireNoGap('t', at(position), { held: [range(0, low, 100)], file: file && [range(0, ...file)] });
    return '';
  } catch (thrown) {
    return /missing: (.*?)\. /.exec(String(thrown))?.[1] ?? String(thrown);
  }
};

describe('what a rebuild needs of the input', () => {
  it('may be in the topic, in the file, or first in this and then in that', () => {
    expect(missing(0, 0)).to.equal('');
    expect(missing(7, 7)).to.equal('');
    expect(missing(0, 7, [0, 7])).to.equal('');
    expect(missing(3, 7, [0, 9])).to.equal('');
    expect(missing(9, 7, [0, 8])).to.equal('');
    // The file begins too late, but the topic has it all.
    expect(missing(0, 0, [5, 9])).to.equal('');
  });

  it('is named if it is in neither', () => {
    expect(missing(0, 7)).to.equal('t/0 offsets 0–6');
    expect(missing(6, 7)).to.equal('t/0 offset 6');
    expect(missing(0, 9, [0, 7])).to.equal('t/0 offsets 7–8');
    expect(missing(0, 9, [3, 7])).to.equal('t/0 offsets 0–2, t/0 offsets 7–8');
    expect(missing(0, 2, [3, 7])).to.equal('t/0 offsets 0–1');
    expect(missing(8, 9, [0, 7])).to.equal('t/0 offset 8');
  });

  it("does not end before the rebuild's position", () => {
    expect(() => requireReach('t', at(4), [range(0, 4, 4)])).not.to.throw();
    expect(() => requireReach('t', at(5), [range(0, 4, 4)]))
      .to.throw('t/0 ends at offset 4')
      .with.property('code', 'WRONG_USE');
  });
});

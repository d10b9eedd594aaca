import { expect } from 'chai';
import { createOffsetSet } from '../../../../src/kafka/read/offset-set.ts';

describe('A set of offsets', () => {
  it('knows what was added, by partition, wherever it lies', () => {
    const set = createOffsetSet();
    const offsets = [0, 7, 8, 32_767, 32_768, 9_007_199_254_740_000];
    for (const offset of offsets) expect(set.add('a/0', offset), String(offset)).to.equal(true);
    for (const offset of offsets) {
      expect(set.has('a/0', offset), String(offset)).to.equal(true);
      expect(set.has('a/1', offset), String(offset)).to.equal(false);
      expect(set.has('a/0', offset + 1), String(offset + 1)).to.equal(offsets.includes(offset + 1));
      expect(set.add('a/0', offset), 'again').to.equal(false);
    }
  });
});

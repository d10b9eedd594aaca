import { expect } from 'chai';
import fc from 'fast-check';
import { sortFew } from '../../../src/domain/sort-few.ts';

describe('sorting a few items', () => {
  it('gives the order of the built-in sort, equal items included', () => {
    const item = fc.record({ key: fc.integer({ min: 0, max: 5 }), name: fc.string() });
    const byKey = (a: { key: number }, b: { key: number }) => a.key - b.key;
    fc.assert(
      fc.property(fc.array(item, { maxLength: 40 }), (items) => {
        expect(sortFew([...items], byKey)).to.deep.equal(items.toSorted(byKey));
      }),
    );
  });
});

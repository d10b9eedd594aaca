import { expect } from 'chai';
import fc from 'fast-check';
import { chunksOf } from '../../../../src/kafka/produce/chunks.ts';

const record = (bytes: number) => ({ key: null, value: Buffer.alloc(bytes), headers: [] });

describe('What one request holds', () => {
  it('is at most a thousand records and three quarters of a megabyte, in order, nothing left out', () => {
    const sizes = fc.array(fc.oneof(fc.nat(2_000), fc.nat(400_000), fc.constant(1_000_000)), {
      maxLength: 3_000,
    });
    fc.assert(
      fc.property(sizes, (bytes) => {
        const records = bytes.map(record);
        const chunks = [...chunksOf(records)];
        expect(chunks.flat()).to.deep.equal(records);
        for (const chunk of chunks) {
          expect(chunk.length).to.be.within(1, 1_000);
          const size = chunk.reduce((sum, { value }) => sum + value.length, 0);
          expect(size <= 768 * 1024 || chunk.length === 1).to.equal(true);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('counts keys and headers, too', () => {
    const large = {
      key: Buffer.alloc(300_000),
      value: null,
      headers: [['h', 'x'.repeat(300_000)]] as [string, string][],
    };
    expect([...chunksOf([large, large])]).to.have.length(2);
  });
});

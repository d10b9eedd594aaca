import { expect } from 'chai';
import type { Batch } from 'kafkajs';
import { inputBatches } from '../../../../src/kafka/consume/input-batches.ts';

const fetched = (from: number, last: number, offsets: readonly number[], bytes = 1) => {
  const batch: Pick<Batch, 'partition' | 'lastOffset'> & { fetchedOffset: string; messages: object[] } = {
    partition: 4,
    fetchedOffset: String(from),
    lastOffset: () => String(last),
    messages: offsets.map((offset) => ({
      ...{ offset: String(offset), key: null, value: Buffer.alloc(bytes), timestamp: '5', attributes: 0 },
    })),
  };
  return [...inputBatches(batch as unknown as Batch)];
};

const range = (begin: number, end: number): number[] =>
  Array.from({ length: end - begin }, (_, index) => begin + index);

describe('A fetched range of the input', () => {
  it('begins where it was fetched from and ends behind its last offset, markers included', () => {
    expect(fetched(10, 15, [12, 13])).to.deep.equal([
      {
        partition: 4,
        first: 10,
        end: 16,
        records: [12, 13].map((offset) => ({
          offset,
          key: null,
          value: Buffer.alloc(1),
          timestamp: 5,
          headers: [],
        })),
      },
    ]);
  });

  it('is one empty batch if nothing is left of it', () => {
    expect(fetched(10, 15, [])).to.deep.equal([{ partition: 4, first: 10, end: 16, records: [] }]);
  });

  it('is cut into adjacent batches, each small enough for one transaction', () => {
    const byCount = fetched(0, 1_300, range(100, 1_300));
    expect(byCount.map(({ first, end, records }) => [first, end, records.length])).to.deep.equal([
      [0, 600, 500],
      [600, 1_100, 500],
      [1_100, 1_301, 200],
    ]);
    const byBytes = fetched(0, 5, range(0, 5), 400_000);
    expect(byBytes.map(({ first, end }) => [first, end])).to.deep.equal([
      [0, 2],
      [2, 4],
      [4, 6],
    ]);
  });
});

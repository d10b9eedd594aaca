import { expect } from 'chai';
import { Failure } from '../../../src/processor/failure.ts';
import type { InputBatch } from '../../../src/processor/ports/input-record.ts';
import { restAfter, createTransactionSize } from '../../../src/processor/transaction-size.ts';

/** Every third offset is a marker. */
const batchOf = (records: number): InputBatch => ({
  partition: 0,
  first: 9,
  end: 9 + 3 * records,
  records: Array.from({ length: records }, (_, index) => ({
    offset: 10 + 3 * index,
    key: null,
    value: null,
    timestamp: 0,
    headers: [],
  })),
});
const failed = (code: string) => new Failure('transient', code, 'no');

describe('The size of a transaction', () => {
  const sizes = (size: ReturnType<typeof createTransactionSize>, batch: InputBatch): number[] => {
    const found: number[] = [];
    for (let rest = batch; ;) {
      const portion = size.portionOf(rest);
      found.push(portion.records.length);
      if (portion.end === batch.end) return found;
      rest = restAfter(rest, portion);
    }
  };

  it('is a whole batch as long as all is well', () => {
    const size = createTransactionSize();
    const batch = batchOf(500);
    expect(size.portionOf(batch)).to.equal(batch);
    size.emitted(batch, 0.1);
    expect(size.portionOf(batch)).to.equal(batch);
  });

  it('is halved by a transaction that ran out of time, down to one record, and each record comes once', () => {
    const size = createTransactionSize();
    const batch = batchOf(8);
    size.failed(batch, failed('KAFKA_TIMEOUT'));
    expect(sizes(size, batch)).to.deep.equal([4, 4]);
    const portion = size.portionOf(batch);
    expect([portion.first, portion.end]).to.deep.equal([9, 22]);
    expect(restAfter(batch, portion)).to.deep.equal({ ...batch, first: 22, records: batch.records.slice(4) });
    for (let tries = 0; tries < 5; tries++) size.failed(size.portionOf(batch), failed('KAFKA_TIMEOUT'));
    expect(sizes(size, batch)).to.deep.equal([1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('is halved by a statement that ran out of time, but not by a lock that somebody else holds', () => {
    const size = createTransactionSize();
    const batch = batchOf(8);
    size.failed(batch, new Failure('transient', 'POSTGRES_BUSY', 'locked', { scope: 'local' }));
    expect(sizes(size, batch)).to.deep.equal([8]);
    size.failed(batch, failed('POSTGRES_BUSY'));
    expect(sizes(size, batch)).to.deep.equal([4, 4]);
  });

  it('says nothing by a batch of markers alone', () => {
    const size = createTransactionSize();
    size.failed(batchOf(0), failed('KAFKA_TIMEOUT'));
    expect(sizes(size, batchOf(8))).to.deep.equal([8]);
  });

  it('is one record if one cannot be written, and no smaller for other failures', () => {
    const size = createTransactionSize();
    const batch = batchOf(8);
    for (const code of ['LEASE_LOST', 'BREAKER_OPEN', 'KAFKA_INVALID_PRODUCER_EPOCH'])
      size.failed(batch, failed(code));
    expect(sizes(size, batch)).to.deep.equal([8]);
    size.failed(batch, failed('RECORD_TOO_LARGE'));
    expect(size.portionOf(batch).records).to.have.length(1);
  });

  it('grows while transactions are quick, and shrinks before they run out of time', () => {
    const size = createTransactionSize();
    const batch = batchOf(64);
    size.failed(batch, failed('KAFKA_TIMEOUT'));
    const emit = (seconds: number): number => {
      const portion = size.portionOf(batch);
      size.emitted(portion, seconds);
      return portion.records.length;
    };
    expect([emit(7), emit(4), emit(1), emit(1), emit(1), emit(1)]).to.deep.equal([32, 16, 16, 32, 64, 64]);
    const whole = batchOf(500);
    for (let n = 0; n < 5; n++) size.emitted(size.portionOf(whole), 0.1);
    expect(size.portionOf(whole)).to.equal(whole);
  });
});

import { expect } from 'chai';
import { createFinishedOffset } from '../../../../src/kafka/read/finished-offset.ts';

describe('The offset below which everything is finished', () => {
  it('follows finished records, and skips offsets without a record', () => {
    const finished = createFinishedOffset({ finishedBefore: 3, from: 3 });
    expect(finished.offset()).to.equal(3);
    finished.markDone(3);
    finished.markDone(7);
    expect(finished.offset()).to.equal(8);
    finished.markReadTo(12);
    expect(finished.offset()).to.equal(12);
  });

  it('stays before what is left, whatever is done behind', () => {
    const finished = createFinishedOffset({ finishedBefore: 0, from: 0 });
    finished.markDone(0);
    finished.markLeft(1);
    finished.markDone(2);
    finished.markReadTo(9);
    expect(finished.offset()).to.equal(1);
  });

  it('stays where it was if reading starts after it', () => {
    const finished = createFinishedOffset({ finishedBefore: 2, from: 5 });
    finished.markDone(5);
    finished.markReadTo(9);
    expect(finished.offset()).to.equal(2);
  });
});

import { expect } from 'chai';
import { createFinishedOffset } from '../../../../src/kafka/read/finished-offset.ts';

describe('The offset below which everything is finished', () => {
  it('follows finished records, and skips offsets without a record', () => {
    const finished = createFinishedOffset({ known: 3, from: 3 });
    expect(finished.offset()).to.equal(3);
    finished.done(3);
    finished.done(7);
    expect(finished.offset()).to.equal(8);
    finished.reached(12);
    expect(finished.offset()).to.equal(12);
  });

  it('stays before what is left, whatever is done behind', () => {
    const finished = createFinishedOffset({ known: 0, from: 0 });
    finished.done(0);
    finished.left(1);
    finished.done(2);
    finished.reached(9);
    expect(finished.offset()).to.equal(1);
  });

  it('stays where it was if reading starts after it', () => {
    const finished = createFinishedOffset({ known: 2, from: 5 });
    finished.done(5);
    finished.reached(9);
    expect(finished.offset()).to.equal(2);
  });
});

import { expect } from 'chai';
import { createRecordAges, type RecordAges } from '../../../../src/kafka/read/record-ages.ts';

const APPENDED = 1_000_000;
const HOUR = 3_600_000;

describe('The age of a waiting record', () => {
  let wall: number;
  let elapsed: number;
  let ages: RecordAges<string>;
  beforeEach(() => {
    [wall, elapsed] = [APPENDED + 2_000, 70_000];
    ages = createRecordAges({ now: () => wall, elapsed: () => elapsed });
  });

  const pass = (ms: number): void => {
    wall += ms;
    elapsed += ms;
  };
  const age = (offset = 7, timestamp = APPENDED): number => ages.ageOf('T/0', { offset, timestamp });

  it('is what the wall clock says at first sight, and then grows without it', () => {
    expect(age()).to.equal(2_000);
    pass(500);
    wall -= HOUR;
    expect(age()).to.equal(2_500);
    wall += 2 * HOUR;
    expect(age()).to.equal(2_500);
  });

  it('is not negative if the clock is behind', () => {
    wall -= HOUR;
    expect(age()).to.equal(0);
  });

  it('is not longer than the record can have been in the log, although the clock was set forward', () => {
    ages.sawEnd('T/0', 7);
    pass(5_000);
    ages.sawEnd('T/0', 8);
    wall += HOUR;
    expect(age(7)).to.equal(5_000);
    pass(1_000);
    expect(age(9)).to.equal(1_000);
  });

  it('may be long if the record was in the log before', () => {
    pass(HOUR);
    ages.sawEnd('T/0', 8);
    pass(1_000);
    expect(age()).to.equal(HOUR + 3_000);
    expect(ages.ageOf('T/1', { offset: 9, timestamp: APPENDED })).to.equal(HOUR + 3_000);
  });

  it('begins anew for a record of the same offset in a topic that was created again', () => {
    expect(age()).to.equal(2_000);
    pass(HOUR);
    expect(age(7, APPENDED + HOUR)).to.equal(2_000);
  });
});

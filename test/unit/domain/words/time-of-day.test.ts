import { expect } from 'chai';
import { timeOfDay } from '../../../../src/domain/words/time-of-day.ts';

describe('a time in a text', () => {
  it('is the hour and minute in UTC', () => {
    expect(timeOfDay(0)).to.equal('00:00 UTC');
    expect(timeOfDay(Date.UTC(2026, 0, 5, 8, 15, 59, 999))).to.equal('08:15 UTC');
    expect(timeOfDay(Date.UTC(2024, 1, 29, 23, 59))).to.equal('23:59 UTC');
    expect(timeOfDay(Date.UTC(2100, 0, 1) - 1)).to.equal('23:59 UTC');
    expect(timeOfDay(-5 * 60_000)).to.equal('23:55 UTC');
  });
});

import { expect } from 'chai';
import { InvalidArgumentError } from 'commander';
import { where, whereText } from '../../../../src/cli/replay/range.ts';

describe('A place in a topic', () => {
  it('is said as a name, a time, an offset, or offsets of partitions', () => {
    for (const text of ['earliest', 'latest', 'committed', '2026-03-02T08:15:00.000Z', '88', '0:120,3:88'])
      expect(whereText(where(text))).to.equal(text);
    expect(whereText(where('2026-03-02T09:15:00+01:00'))).to.equal('2026-03-02T08:15:00.000Z');
  });

  it('is nothing else, and no time without a zone, which would be another one elsewhere', () => {
    for (const text of [
      '',
      'first',
      '-1',
      '1.5',
      '0:1,',
      '2026-03-02',
      '2026-03-02T08:15:00',
      '2026-13-02T08:15:00Z',
    ])
      expect(() => where(text), text).to.throw(InvalidArgumentError);
  });
});

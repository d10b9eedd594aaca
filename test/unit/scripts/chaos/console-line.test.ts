import { expect } from 'chai';
import { parseConsoleLine } from '../../../../scripts/chaos/evidence/console-line.ts';

describe('A line of the console consumer', () => {
  const line = (headers: string, key: string, value: string): string =>
    ['CreateTime:1700', 'Partition:3', 'Offset:42', headers, key, value].join('\t');

  it('returns the position of a record, and each of its bytes', () => {
    expect(parseConsoleLine(line('NO_HEADERS', 'C1', 'a\\x00\\xFF\\x5Cx41~'))).to.deep.equal({
      timestamp: 1700,
      partition: 3,
      offset: 42,
      headers: [],
      key: Buffer.from('C1'),
      value: Buffer.from([0x61, 0x00, 0xff, 0x5c, 0x78, 0x34, 0x31, 0x7e]),
    });
  });

  it('distinguishes a record without key or value from one with empty ones', () => {
    const { key, value } = parseConsoleLine(line('NO_HEADERS', 'no-value-here-8f1d2c', ''));
    expect(key).to.equal(null);
    expect(value).to.deep.equal(Buffer.alloc(0));
  });

  it('keeps headers in their order, repeats, colons and missing values included', () => {
    const headers = ['a:1', 'b:x:y', 'a:2', '__proto__:no-value-here-8f1d2c'].join('\u0001');
    expect(parseConsoleLine(line(headers, 'k', 'v')).headers).to.deep.equal([
      ['a', Buffer.from('1')],
      ['b', Buffer.from('x:y')],
      ['a', Buffer.from('2')],
      ['__proto__', null],
    ]);
  });

  it('that is not one is refused, not guessed at', () => {
    expect(() => parseConsoleLine('[2026-01-05] WARN something')).to.throw(
      'not a line of a console consumer',
    );
    expect(() => parseConsoleLine(line('NO_HEADERS', 'k', 'v\tw'))).to.throw(
      'not a line of a console consumer',
    );
  });
});

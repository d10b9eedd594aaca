import { expect } from 'chai';
import { failureText } from '../../../../scripts/test/failure-text.ts';

const thrown = (message: string, more: object = {}): Error =>
  Object.assign(
    new Error(message),
    { stack: `Error: ${message}\n    at one.ts:1:1\n    at two.ts:2:2` },
    more,
  );

describe('the text of a failed test', () => {
  it('has the title, the message, the causes and the places', () => {
    expect(failureText('a.test.ts: works', thrown('first\nsecond', { cause: new Error('why') }))).to.equal(
      'a.test.ts: works\nfirst\nsecond\nbecause of: why\n    at one.ts:1:1\n    at two.ts:2:2',
    );
  });

  it('shows how the values differ', () => {
    const text = failureText('a.test.ts: works', thrown('not equal', { actual: 'tea', expected: 'chai' }));
    expect(text)
      .to.match(/-.*tea/)
      .and.match(/\+.*chai/);
  });

  it('has at most 40 lines, and keeps the places of a long message', () => {
    const long = Array.from({ length: 100 }, (_, index) => `line ${index}`).join('\n');
    const lines = failureText('a.test.ts: works', thrown(long)).split('\n');
    expect(lines).to.have.length(40);
    expect(lines.slice(-4)).to.deep.equal([
      'line 35',
      '… 64 more lines',
      '    at one.ts:1:1',
      '    at two.ts:2:2',
    ]);
  });
});

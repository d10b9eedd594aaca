import { expect } from 'chai';
import { deadLetter } from '../../../../src/kafka/records/dead-letters.ts';
import { attemptsOf, redrivenHeaders, redriveOf } from '../../../../src/kafka/records/redriven-letters.ts';
import type { Headers } from '../../../../src/wire/headers.ts';

const own: Headers = [
  ['b', Buffer.from('1')],
  ['a', null],
  ['b', Buffer.from([0xfe])],
];
const poison = { code: 'UNKNOWN_SCHEMA_ID', message: 'unknown' };

/** The headers of a dead letter whose record had these. */
const lettered = (headers: Headers): Headers =>
  deadLetter(
    { offset: 5, key: null, value: null, timestamp: 1, headers },
    { topic: 'in', partition: 2 },
    poison,
  ).headers;

const texts = (headers: Headers) => headers.map(([name, value]) => `${name}=${String(value)}`);

describe('A dead letter that is sent again', () => {
  const once = redrivenHeaders(lettered(own), { topic: 'in.dlq', partition: 2, offset: 40 });

  it('has the headers that it had before, in their order, and behind them its place and the attempts', () => {
    expect(once.slice(0, own.length)).to.deep.equal(own);
    expect(texts(once.slice(own.length))).to.deep.equal([
      'runclose-redriven-from=in.dlq/2/40',
      'runclose-redrive-attempts=1',
    ]);
    expect(redriveOf(once)).to.deep.equal({
      from: { topic: 'in.dlq', partition: 2, offset: 40 },
      attempts: 1,
      headers: own,
    });
  });

  it('and becomes one once more counts on, and repeats nothing', () => {
    expect(attemptsOf(lettered(own))).to.equal(0);
    expect(attemptsOf(lettered(once))).to.equal(1);
    const twice = redrivenHeaders(lettered(once), { topic: 'in.dlq', partition: 2, offset: 90 });
    expect(twice.slice(0, own.length)).to.deep.equal(own);
    expect(texts(twice.slice(own.length))).to.deep.equal([
      'runclose-redriven-from=in.dlq/2/90',
      'runclose-redrive-attempts=2',
    ]);
  });

  it('keeps what a publisher has named so, or what another processor has written before', () => {
    const forged: Headers = [
      ['runclose-redrive-attempts', Buffer.from('7')],
      ['__connect.errors.topic', Buffer.from('other')],
      ...own,
    ];
    expect(attemptsOf(lettered(forged))).to.equal(0);
    expect(
      redrivenHeaders(lettered(forged), { topic: 't', partition: 0, offset: 0 }).slice(0, -2),
    ).to.deep.equal(forged);
  });

  it('is nothing else: headers that only look so are no redrive', () => {
    expect(redriveOf(own)).to.equal(null);
    const [place, attempts] = once.slice(-2) as [Headers[number], Headers[number]];
    expect(redriveOf([place])).to.equal(null);
    expect(redriveOf([attempts, place])).to.equal(null);
    expect(redriveOf([place, ['runclose-redrive-attempts', Buffer.from('x')]])).to.equal(null);
    expect(redriveOf([['runclose-redriven-from', Buffer.from('nowhere')], attempts])).to.equal(null);
  });
});

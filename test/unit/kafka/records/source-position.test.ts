import { expect } from 'chai';
import { deadLetter, sourceOfDeadLetter } from '../../../../src/kafka/records/dead-letters.ts';
import { sourceOfEvent } from '../../../../src/kafka/records/source-position.ts';
import type { InputRecord } from '../../../../src/processor/ports/input-record.ts';
import type { Headers } from '../../../../src/wire/headers.ts';

const headers = (...list: [string, string | null][]): Headers =>
  list.map(([name, value]) => [name, value === null ? null : Buffer.from(value)]);

describe('The source position', () => {
  it('of an event is in its header, whatever the topic is called', () => {
    expect(
      sourceOfEvent(headers(['ce_id', 'x'], ['source-offset', 'a/b.run.close.requested/3/1042'])),
    ).to.deep.equal({
      topic: 'a/b.run.close.requested',
      partition: 3,
      offset: 1042,
    });
  });

  it('is unknown without the header, and if a replay has emitted the record again', () => {
    for (const value of [
      null,
      '',
      'topic/3',
      'topic/3/',
      '/3/4',
      'topic/x/4',
      'topic/3/-4',
      'topic/3/99999999999999999',
    ]) {
      expect(sourceOfEvent(headers(['source-offset', value])), String(value)).to.equal(null);
    }
    expect(sourceOfEvent([])).to.equal(null);
    expect(sourceOfEvent(headers(['source-offset', 't/3/4'], ['runclose-replay', 'r1']))).to.equal(null);
  });

  const record = (list: Headers): InputRecord => ({
    offset: 7,
    key: null,
    value: null,
    timestamp: 1,
    headers: list,
  });
  const poison = { code: 'NULL_VALUE', message: 'there is no value' };

  it('of a dead letter is what was appended to it, whatever the record’s own headers pretend', () => {
    const own = headers(
      ['__connect.errors.topic', 'x'],
      ['__connect.errors.offset', '1'],
      ['runclose-replay', 'r0'],
    );
    const letter = deadLetter(record(own), { topic: 'in', partition: 2 }, poison);
    expect(letter.headers.slice(0, own.length)).to.deep.equal(own);
    expect(sourceOfDeadLetter(letter.headers)).to.deep.equal({ topic: 'in', partition: 2, offset: 7 });
  });

  it('of a dead letter is unknown if nothing was appended, and if a replay has written it again', () => {
    expect(sourceOfDeadLetter(headers(['source-offset', 't/3/4']))).to.equal(null);
    expect(
      sourceOfDeadLetter(headers(['__connect.errors.topic', 't'], ['__connect.errors.offset', 'x'])),
    ).to.equal(null);
    const letter = deadLetter(record([]), { topic: 'in', partition: 2 }, poison);
    expect(sourceOfDeadLetter([...letter.headers, ...headers(['runclose-replay', 'r1'])])).to.equal(null);
  });
});

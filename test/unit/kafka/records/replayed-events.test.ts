import { expect } from 'chai';
import { headerList } from '../../../../src/kafka/records/headers.ts';
import { identityOfEvent, replayedHeaders, streamOf } from '../../../../src/kafka/records/replayed-events.ts';
import { replayOf, sourceOfEvent } from '../../../../src/kafka/records/source-position.ts';
import type { Headers } from '../../../../src/wire/headers.ts';

const event: Headers = [
  ['ce_type', Buffer.from('run.summary')],
  ['source-offset', Buffer.from('in/3/1042')],
];

describe('An event that is emitted again', () => {
  const copy = headerList(replayedHeaders(event, 'r1'));

  it('has one header more, which names the replay', () => {
    expect(copy.slice(0, -1)).to.deep.equal(event);
    expect(copy.at(-1)).to.deep.equal(['runclose-replay', Buffer.from('r1')]);
    expect(replayOf(copy)).to.equal('r1');
    expect(replayOf(event)).to.equal(null);
  });

  it('is the same event wherever it stands, and yet says nothing of what the processor has emitted', () => {
    const identity = { type: 'run.summary', source: { topic: 'in', partition: 3, offset: 1042 } } as const;
    expect(identityOfEvent(event)).to.deep.equal(identity);
    expect(identityOfEvent(copy)).to.deep.equal(identity);
    expect(streamOf(identity)).to.equal('run.summary in/3');
    expect(sourceOfEvent(copy)).to.equal(null);
  });

  it('is null if its type or its source is missing', () => {
    expect(identityOfEvent(event.slice(0, 1))).to.equal(null);
    expect(identityOfEvent(event.slice(1))).to.equal(null);
    expect(identityOfEvent([['ce_type', Buffer.from('run.amended')], ...event.slice(1)])).to.equal(null);
  });
});

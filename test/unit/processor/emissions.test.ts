import { expect } from 'chai';
import type { Owed } from '../../../src/processor/decide-record.ts';
import { emissionsOf } from '../../../src/processor/emissions.ts';
import { EVENT_HEADERS } from '../../../src/wire/event-headers.ts';
import type { Headers } from '../../../src/wire/headers.ts';
import type { InputRecord } from '../../../src/processor/ports/input-record.ts';
import { aCommand } from '../../support/commands.ts';

const record = (headers: Headers = []): InputRecord => ({
  offset: 1042,
  key: Buffer.from('C1'),
  value: null,
  timestamp: 0,
  headers,
});

const emit = (owed: Owed) =>
  emissionsOf([owed], {
    groupId: 'runclose',
    frame: (type, body, writtenWith = Buffer.from('ours')) =>
      Buffer.from(`${type} of ${String(writtenWith)}: ${String(body)}`),
    sourceOf: (offset) => `run.close.requested/3/${String(offset)}`,
  });

const closed = (overrides: Partial<Extract<Owed, { kind: 'events' }>> = {}): Owed => ({
  kind: 'events',
  outcome: 'closed',
  record: record(),
  command: aCommand({ correlationId: 'corr-1' }),
  eventIds: { 'run.closed': 'id-closed', 'run.summary': 'id-summary' },
  bodies: { 'run.summary': Buffer.from('summary'), 'run.closed': Buffer.from('closed') },
  ...overrides,
});

describe('emissions', () => {
  it('give a closed run its two events, framed, under the key of its command', () => {
    const found = emit(closed()).map((each) =>
      each.kind === 'event' ? [each.type, String(each.value), each.key] : each,
    );
    expect(found).to.deep.equal([
      ['run.closed', 'run.closed of ours: closed', Buffer.from('C1')],
      ['run.summary', 'run.summary of ours: summary', Buffer.from('C1')],
    ]);
  });

  it('frame each body by the schema that wrote it', () => {
    const owed = closed({ outcome: 'redelivered', writtenWith: { 'run.closed': Buffer.from('theirs') } });
    expect(emit(owed).map((each) => each.kind === 'event' && String(each.value))).to.deep.equal([
      'run.closed of theirs: closed',
      'run.summary of ours: summary',
    ]);
  });

  it('carry the headers of the CloudEvents Kafka binding, and where they come from', () => {
    const [event] = emit(closed());
    expect(event)
      .to.have.property('headers')
      .that.deep.equals([
        ['ce_specversion', '1.0'],
        ['ce_id', 'id-closed'],
        ['ce_type', 'run.closed'],
        ['ce_source', '/runclose/runclose'],
        ['ce_time', '2026-01-05T08:15:00.000Z'],
        ['ce_subject', 'run-1'],
        ['content-type', 'application/avro'],
        ['correlation-id', 'corr-1'],
        ['causation-id', 'command-1'],
        ['source-offset', 'run.close.requested/3/1042'],
      ]);
  });

  const TRACEPARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const traceparentAfter = (...headers: Headers): string | undefined => {
    const [event] = emit(closed({ record: record(headers) }));
    return event?.kind === 'event' ? event.headers.find(([name]) => name === 'traceparent')?.[1] : undefined;
  };

  it('carry every header, in the order of the list of headers', () => {
    const [event] = emit(closed({ record: record([['traceparent', Buffer.from(TRACEPARENT)]]) }));
    const names = event?.kind === 'event' ? event.headers.map(([name]) => name) : [];
    expect(names).to.deep.equal([...EVENT_HEADERS]);
  });

  it('pass on the last traceparent', () => {
    const first: Headers[number] = ['traceparent', Buffer.from(TRACEPARENT.replace('4bf9', 'ffff'))];
    const last: Headers[number] = ['traceparent', Buffer.from(TRACEPARENT)];
    expect(traceparentAfter(first, ['other', null], last)).to.equal(TRACEPARENT);
  });

  it('pass on nothing that only claims to be a traceparent, of whatever size', () => {
    for (const other of [
      '',
      'last',
      'x'.repeat(900_000),
      'x'.repeat(55),
      TRACEPARENT.toUpperCase(),
      TRACEPARENT.replace('00-', 'ff-'),
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
    ])
      expect(traceparentAfter(['traceparent', Buffer.from(other)]), other.slice(0, 60)).to.equal(undefined);
    expect(traceparentAfter(['traceparent', null])).to.equal(undefined);
  });

  it('clamp the time of an invalid command to the range of RFC 3339', () => {
    for (const [requestedAt, time] of [
      [-1, '1970-01-01T00:00:00.000Z'],
      [Number.MAX_SAFE_INTEGER, '2099-12-31T23:59:59.999Z'],
    ] as const) {
      const [event] = emit(closed({ command: aCommand({ requestedAt }) }));
      expect(event).to.have.property('headers').that.deep.includes(['ce_time', time]);
    }
  });

  it('owe nothing for a duplicate, and a dead letter for poison', () => {
    const poison = { code: 'NULL_VALUE', message: 'the record has no value' };
    expect(emit({ kind: 'nothing', record: record() })).to.deep.equal([]);
    expect(emit({ kind: 'dead-letter', record: record(), poison })).to.deep.equal([
      { kind: 'dead-letter', record: record(), poison },
    ]);
  });
});

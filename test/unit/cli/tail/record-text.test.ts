import { expect } from 'chai';
import pc from 'picocolors';
import type { LogRecord } from '../../../../src/kafka/records/log-record.ts';
import { headersJson, recordJson, recordLine } from '../../../../src/cli/tail/record-text.ts';

const plain = pc.createColors(false);

const record: LogRecord = {
  topic: 'run.close.rejected',
  partition: 3,
  offset: 88,
  key: Buffer.from('C1'),
  value: Buffer.from([0, 0, 0, 0, 4, 2]),
  timestamp: Date.UTC(2026, 2, 2, 8, 15),
  headers: [['ce_type', Buffer.from('run.close.rejected')]],
};

const rejected = {
  kind: 'run.close.rejected',
  value: {
    eventId: 'e1',
    commandId: 'c1',
    correlationId: null,
    runId: 'R1',
    channelId: 'C1',
    actorUserId: 'U9',
    reason: 'UNAUTHORIZED',
    message: 'U9 is\u001b neither',
    policyVersion: 2,
    rejectedAt: Date.UTC(2026, 2, 2, 8, 14),
  },
} as const;

const unreadable = { kind: 'undecodable', poison: { code: 'DEAD_LETTER', message: 'no command' } } as const;

describe('A record of a topic', () => {
  it('is one object: its position, its headers, and its value with times as RFC 3339', () => {
    expect(recordJson(record, rejected)).to.deep.equal({
      topic: 'run.close.rejected',
      partition: 3,
      offset: 88,
      key: 'C1',
      headers: { ce_type: 'run.close.rejected' },
      value: { ...rejected.value, rejectedAt: '2026-03-02T08:14:00.000Z' },
    });
  });

  it('shows the bytes of a value that nobody can read in base64', () => {
    expect(recordJson(record, unreadable)).to.include({ value: 'AAAAAAQC' });
    expect(recordJson({ ...record, key: null, value: null }, unreadable)).to.include({
      key: null,
      value: null,
    });
  });

  it('keeps headers that repeat, are null, or bear odd names', () => {
    const headers = [
      ['a', Buffer.from('1')],
      ['__proto__', Buffer.from('odd')],
      ['a', null],
      ['toString', Buffer.from('x')],
    ] as const;
    expect(JSON.stringify(headersJson(headers))).to.equal(
      '{"a":["1",null],"__proto__":"odd","toString":"x"}',
    );
  });

  it('is one line for people, whatever its texts hold', () => {
    expect(recordLine(record, rejected, plain)).to.equal(
      '2026-03-02T08:15:00.000Z run.close.rejected/3@88 C1 command c1 did not close R1: UNAUTHORIZED: U9 is  neither',
    );
  });

  it('says of a dead letter why it is one', () => {
    const headers = [['__connect.errors.exception.message', Buffer.from('wrong magic byte')]] as const;
    expect(recordLine({ ...record, key: null, headers }, unreadable, plain)).to.equal(
      '2026-03-02T08:15:00.000Z run.close.rejected/3@88 (no key) 6 bytes: wrong magic byte',
    );
    const short = { ...record, key: null, headers, value: Buffer.from([0]) };
    expect(recordLine(short, unreadable, plain)).to.match(/ 1 byte: wrong magic byte$/);
  });
});

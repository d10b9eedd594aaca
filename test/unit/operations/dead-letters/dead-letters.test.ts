import { expect } from 'chai';
import { hexDump } from '../../../../src/cli/dlq/hex-dump.ts';
import { reasonOfDeadLetter } from '../../../../src/kafka/records/dead-letter-reason.ts';
import { deadLetter } from '../../../../src/kafka/records/dead-letters.ts';
import type { DeadLetter } from '../../../../src/operations/dead-letters/dead-letters.ts';
import { createHistogram } from '../../../../src/operations/dead-letters/histogram.ts';
import type { Headers } from '../../../../src/wire/headers.ts';

const own: Headers = [
  ['ce_source', Buffer.from('/shop')],
  ['a', Buffer.from('1')],
];

const letterOf = (
  code: string,
  value: Buffer | null,
  headers: Headers = own,
  timestamp = 1_000,
): DeadLetter => {
  const record = { offset: 7, key: Buffer.from('C1'), value, timestamp, headers };
  const letter = deadLetter(record, { topic: 'run.close.requested', partition: 3 }, { code, message: 'no' });
  return {
    record: { ...letter, topic: 'run.close.requested.dlq', partition: 3, offset: timestamp },
    reason: reasonOfDeadLetter(letter.headers),
  };
};

describe('A dead letter', () => {
  it('gives its reason, its former position, and its own headers', () => {
    expect(letterOf('UNDECODABLE', Buffer.from([9])).reason).to.deep.equal({
      code: 'UNDECODABLE',
      message: 'no',
      source: { topic: 'run.close.requested', partition: 3, offset: 7 },
      headers: own,
    });
  });

  it('that was dead-lettered before gives its new reason, and keeps the old one', () => {
    const before = letterOf('UNKNOWN_SCHEMA_ID', Buffer.from([9]));
    const { code, headers } = letterOf('UNDECODABLE', Buffer.from([9]), before.record.headers).reason;
    expect(code).to.equal('UNDECODABLE');
    expect(headers).to.deep.equal(before.record.headers);
  });

  it('that nobody has put there as a processor does has no reason', () => {
    expect(reasonOfDeadLetter(own)).to.deep.equal({ code: null, message: null, source: null, headers: own });
  });
});

describe('The histogram of dead letters', () => {
  it('counts by reason, schema and producer, the most frequent first', () => {
    const histogram = createHistogram();
    histogram.add(letterOf('WRONG_MAGIC_BYTE', Buffer.from('garbage'), [], 5_000));
    for (const at of [3_000, 1_000, 2_000])
      histogram.add(letterOf('UNKNOWN_SCHEMA_ID', Buffer.from([0, 0, 0, 0, 77, 1]), own, at));
    expect(histogram.buckets()).to.deep.equal([
      {
        reason: 'UNKNOWN_SCHEMA_ID',
        schemaId: 77,
        producer: '/shop',
        count: 3,
        first: 1_000,
        last: 3_000,
        partition: 3,
        offset: 3_000,
      },
      {
        reason: 'WRONG_MAGIC_BYTE',
        schemaId: null,
        producer: 'unknown',
        count: 1,
        first: 5_000,
        last: 5_000,
        partition: 3,
        offset: 5_000,
      },
    ]);
  });

  it('stays small whatever producers call themselves', () => {
    const histogram = createHistogram();
    for (let n = 0; n < 3_000; n += 1)
      histogram.add(letterOf('UNDECODABLE', null, [['ce_source', Buffer.from(`/${n}`)]]));
    const buckets = histogram.buckets();
    expect(buckets).to.have.length(1_001);
    expect(buckets[0]).to.include({ reason: 'others', producer: 'others', count: 2_000 });
  });
});

describe('A dump of bytes', () => {
  it('shows positions, digits and what is ASCII', () => {
    expect(hexDump(Buffer.from('0123456789abcdefG\n'), 100).split('\n')).to.deep.equal([
      '000000  30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef',
      `000010  47 0a${' '.repeat(42)}  G.`,
    ]);
  });

  it('is cut, and says so', () => {
    expect(hexDump(Buffer.alloc(300), 16)).to.include('284 bytes more; --full shows them');
    expect(hexDump(Buffer.alloc(17), 16)).to.include('1 byte more; --full shows it');
  });
});

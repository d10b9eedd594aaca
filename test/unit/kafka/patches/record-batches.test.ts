import { expect } from 'chai';
import { registerCodecs } from '../../../../src/kafka/compression/codecs.ts';
import type { FetchedMessage } from '../../../../src/kafka/patches/kafkajs-internals.ts';
import { recordOf } from '../../../../src/kafka/records/log-record.ts';
import { Failure } from '../../../../src/processor/failure.ts';
import { bomb, claims } from '../../../support/bombs.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Encoder = { readonly buffer: Buffer };

const encodeRecord = repaired('protocol/recordBatch/record/v0/index.js') as (record: object) => Encoder;
const crc32c = repaired('protocol/recordBatch/crc32C/index.js') as (bytes: Buffer) => number;
const Decoder = repaired('protocol/decoder.js') as new (buffer: Buffer) => object;
const decodeMessages = repaired('protocol/requests/fetch/v4/decodeMessages.js') as (
  decoder: object,
) => Promise<readonly FetchedMessage[]>;

const CODES = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 };
const MIB = 1024 * 1024;

/** A record batch of which everything is as stated, checksum included. */
const batchOf = (
  records: Buffer,
  {
    codec = 'none',
    count = 1,
    first = 100,
  }: { codec?: keyof typeof CODES; count?: number; first?: number } = {},
): Buffer => {
  const body = Buffer.alloc(40);
  body.writeInt16BE(CODES[codec], 0);
  body.writeInt32BE(count - 1, 2);
  body.writeBigInt64BE(1_000n, 6);
  body.writeBigInt64BE(2_000n, 14);
  body.writeBigInt64BE(-1n, 22);
  body.writeInt16BE(-1, 30);
  body.writeInt32BE(-1, 32);
  body.writeInt32BE(count, 36);
  const checked = Buffer.concat([body, records]);
  const head = Buffer.alloc(21);
  head.writeBigInt64BE(BigInt(first), 0);
  head.writeInt32BE(9 + checked.length, 8);
  head.writeInt8(2, 16);
  head.writeUInt32BE(crc32c(checked), 17);
  return Buffer.concat([head, checked]);
};

const answerOf = (...batches: readonly Buffer[]): object => {
  const bytes = Buffer.concat(batches);
  const size = Buffer.alloc(4);
  size.writeInt32BE(bytes.length);
  return new Decoder(Buffer.concat([size, bytes]));
};

const aRecord = (value: string): Buffer =>
  encodeRecord({ key: Buffer.from('C1'), value: Buffer.from(value), offsetDelta: 0, timestampDelta: 0 })
    .buffer;

const read = async (...batches: readonly Buffer[]) =>
  (await decodeMessages(answerOf(...batches))).map(recordOf);

describe('A record batch that cannot be read', () => {
  before(registerCodecs);

  const unreadable: Readonly<Record<string, Buffer>> = {
    'a gigabyte claimed in snappy': batchOf(claims().snappy, { codec: 'snappy' }),
    'a gigabyte claimed in lz4': batchOf(claims().lz4, { codec: 'lz4' }),
    'a gigabyte claimed in zstd': batchOf(claims().zstd, { codec: 'zstd' }),
    'a bomb in gzip': batchOf(bomb('gzip', 80 * MIB), { codec: 'gzip' }),
    'a bomb in snappy': batchOf(bomb('snappy', 80 * MIB), { codec: 'snappy' }),
    'a bomb in lz4': batchOf(bomb('lz4', 80 * MIB), { codec: 'lz4' }),
    'a bomb in zstd': batchOf(bomb('zstd', 80 * MIB), { codec: 'zstd' }),
    'garbage in gzip': batchOf(Buffer.from('garbage'), { codec: 'gzip' }),
    'nothing in snappy': batchOf(Buffer.alloc(0), { codec: 'snappy' }),
    'a record that is cut off': batchOf(aRecord('cut off').subarray(0, -1)),
    'fewer records than stated': batchOf(aRecord('the only one'), { count: 3 }),
    'more headers than its bytes can hold': batchOf(Buffer.from([14, 0, 0, 0, 1, 1, 0xfe, 0x7f])),
  };

  for (const [title, batch] of Object.entries(unreadable)) {
    it(`has a record without content for each of its own, and no effect on its neighbours: ${title}`, async () => {
      const records = await read(
        batchOf(aRecord('before'), { first: 99 }),
        batch,
        batchOf(aRecord('behind'), { first: 200 }),
      );
      expect(records[0]).to.deep.include({ offset: 99, value: Buffer.from('before') });
      expect(records.at(-1)).to.deep.include({ offset: 200, value: Buffer.from('behind') });
      const between = records.slice(1, -1);
      expect(between.map(({ offset }) => offset)).to.deep.equal(between.map((_, index) => 100 + index));
      for (const record of between) {
        expect(record).to.deep.include({ key: null, value: null, headers: [], timestamp: 2_000 });
        expect(record.unreadable).to.match(/^the record batch from 100 to 10\d cannot be read: ./);
      }
    });
  }

  it('may state two billion records: one at its end stands for most of them', async () => {
    const records = await read(batchOf(aRecord('one'), { count: 2 ** 31 - 1 }));
    expect(records).to.have.length(10_001);
    expect(records.at(-1)?.offset).to.equal(100 + 2 ** 31 - 2);
    expect(records.at(-1)?.unreadable).to.include(
      'this record stands for all records of the batch from offset 10100 on',
    );
  });

  it('is fetched again if it was damaged on its way', async () => {
    const batch = batchOf(Buffer.from('garbage'), { codec: 'gzip' });
    batch[batch.length - 1]! ^= 1;
    const failure = await read(batch).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(Failure).and.include({ kind: 'transient', code: 'KAFKA_DAMAGED_BATCH' });
  });
});

describe('An answer that unfolds to much', () => {
  before(registerCodecs);
  const zeros = (megabytes: number, first: number): Buffer => {
    const record = aRecord('\0'.repeat(megabytes * MIB));
    return batchOf(record, { first });
  };

  it('is read as far as 16 MiB of a partition go', async () => {
    const batches = Array.from({ length: 6 }, (_, index) => zeros(5, 100 + index));
    expect((await read(...batches)).map(({ offset }) => offset)).to.deep.equal([100, 101, 102, 103]);
  });

  it('is read as far as 64 MiB of all partitions go', async () => {
    const partition = zeros(17, 100);
    const size = Buffer.alloc(4);
    size.writeInt32BE(partition.length);
    const answer = new Decoder(Buffer.concat(Array.from({ length: 5 }, () => [size, partition]).flat()));
    const read: number[] = [];
    for (let index = 0; index < 5; index++) read.push((await decodeMessages(answer)).length);
    expect(read).to.deep.equal([1, 1, 1, 1, 0]);
  });

  it('is not read if its records are empty and countless', async () => {
    const empty = encodeRecord({ key: null, value: null, offsetDelta: 0, timestampDelta: 0 }).buffer;
    const records = await read(
      batchOf(Buffer.concat(Array.from({ length: 250_001 }, () => empty)), { count: 250_001 }),
    );
    expect(records).to.have.length(10_001);
    expect(records[0]?.unreadable).to.include('it states 250001 records, more than the allowed 250000');
  });
});

import { expect } from 'chai';
import fc from 'fast-check';
import { createByteWriter, writtenBytes } from '../../../../src/kafka/protocol/byte-writer.ts';
import { writeRecord } from '../../../../src/kafka/protocol/record-batch.ts';
import {
  asMessageHeaders,
  encodedHeadersOf,
  headerList,
  headersOf,
  lastHeader,
  sizeOfHeaders,
  withHeader,
  type AnyHeaders,
} from '../../../../src/kafka/records/headers.ts';
import type { Headers } from '../../../../src/wire/headers.ts';
import { repaired } from '../../../support/repaired-kafkajs.ts';

type Record = { readonly key: Buffer | null; readonly value: Buffer | null; readonly headers: object };

const encodeRecord = (
  record: Omit<Record, 'headers'> & { headers?: object; offsetDelta: number; timestampDelta: number },
): { readonly buffer: Buffer } => {
  const writer = createByteWriter();
  writeRecord(writer, record, record.offsetDelta, record.timestampDelta);
  return { buffer: writtenBytes(writer) };
};
const decodeRecord = repaired('protocol/recordBatch/record/v0/decoder.js') as (
  decoder: object,
  context: object,
) => Record & { readonly offset: string; readonly timestamp: string };
const Decoder = repaired('protocol/decoder.js') as new (buffer: Buffer) => { readVarIntBytes(): Buffer };

const writeAndRead = (record: { key?: Buffer | null; value?: Buffer | null; headers?: object }) => {
  const { buffer } = encodeRecord({
    key: null,
    value: null,
    ...record,
    offsetDelta: 7,
    timestampDelta: -1_500,
  });
  const body = new Decoder(buffer).readVarIntBytes();
  return decodeRecord(new Decoder(body), {
    firstOffset: '100',
    firstTimestamp: '5000',
    timestampType: 0,
    magicByte: 2,
  });
};

const PLACE = { key: null, value: null, offsetDelta: 0, timestampDelta: 0 };

const header = fc.tuple(
  fc.oneof(
    fc.constantFrom('__proto__', 'toString', 'constructor', '10', '2', ''),
    fc.string({ unit: 'grapheme' }),
  ),
  fc.option(fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes))),
);

describe('Record headers', () => {
  it('come back as they were: order, repeats, nulls and awkward names included', () => {
    fc.assert(
      fc.property(fc.array(header, { maxLength: 8 }), (headers: Headers) => {
        expect(headersOf(writeAndRead({ headers }))).to.deep.equal(headers);
      }),
    );
  });

  it('keep the bytes of names that are not UTF-8', () => {
    const bytes = fc.uint8Array({ maxLength: 20 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 4 }), (names) => {
        // The encoder takes bytes for a name, too, as another client would send them.
        const headers = names.map((name) => [name as unknown as string, Buffer.from('x')] as const);
        const read = writeAndRead({ headers });
        const encodedAgain = encodeRecord({ ...PLACE, headers: read.headers });
        const copied = encodeRecord({ ...PLACE, headers: encodedHeadersOf(read) });
        const sent = encodeRecord({ ...PLACE, headers });
        expect(copied.buffer).to.deep.equal(sent.buffer);
        expect(encodedAgain.buffer).to.deep.equal(sent.buffer);
      }),
    );
  });

  it('are written again as they were read', () => {
    const headers: Headers = [
      ['b', Buffer.from('1')],
      ['a', null],
      ['b', Buffer.from('2')],
    ];
    const once = writeAndRead({ headers });
    expect(headersOf(writeAndRead({ headers: once.headers }))).to.deep.equal(headers);
  });

  it('are copied unchanged, with one more behind them, as if each had been written', () => {
    fc.assert(
      fc.property(fc.array(header, { maxLength: 8 }), header, header, (headers, ...more) => {
        const encoded = encodedHeadersOf(writeAndRead({ headers }));
        const longer = more.reduce<AnyHeaders>(withHeader, encoded);
        const list: Headers = [...headers, ...more];
        expect(headerList(longer)).to.deep.equal(list);
        expect(headerList(encoded)).to.deep.equal(headers);

        const written = encodeRecord({ ...PLACE, headers: asMessageHeaders(longer) });
        expect(written.buffer).to.deep.equal(encodeRecord({ ...PLACE, headers: list }).buffer);
        expect(sizeOfHeaders(longer)).to.be.within(sizeOfHeaders(list), sizeOfHeaders(list) * 4 + 40);
      }),
    );
  });

  it('are looked up by name in the undecoded list: the last one counts', () => {
    fc.assert(
      fc.property(fc.array(header, { maxLength: 8 }), header, fc.nat(8), (headers, added, index) => {
        const longer = withHeader(encodedHeadersOf(writeAndRead({ headers })), added);
        const list: Headers = [...headers, added];
        const name = list[index]?.[0] ?? 'none of them';
        const last = list.findLast((each) => each[0] === name);
        expect(lastHeader(longer, name)).to.deep.equal(last?.[1]);
        expect(lastHeader(list, name)).to.deep.equal(last?.[1]);
      }),
    );
  });

  it('can still be given and read as an object, as the client’s users do', () => {
    const read = writeAndRead({ headers: { a: 'x', b: [Buffer.from('1'), '2'], c: null } });
    expect(headersOf(read)).to.deep.equal([
      ['a', Buffer.from('x')],
      ['b', Buffer.from('1')],
      ['b', Buffer.from('2')],
      ['c', null],
    ]);
    expect(read.headers).to.deep.equal({
      a: Buffer.from('x'),
      b: [Buffer.from('1'), Buffer.from('2')],
      c: null,
    });
    expect(writeAndRead({}).headers).to.deep.equal({});
  });

  it('are kept apart if their names are alike, however many records are read', () => {
    const alike = ['ce_time', 'ce_type', 'ce-time', 'a0xz', 'a1xz', '\u00e9z', 'ez', 'x'.repeat(300)];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...alike), { maxLength: 8 }), (names) => {
        const headers = names.map((name) => [name, Buffer.from('x')] as const);
        expect(headersOf(writeAndRead({ headers }))).to.deep.equal(headers);
      }),
    );
  });

  it('can be changed, and copied with their record, as the client’s users do', () => {
    const copy = { ...writeAndRead({ headers: { a: 'x' } }) };
    expect(copy.headers).to.deep.equal({ a: Buffer.from('x') });

    const changed = writeAndRead({ headers: { a: 'x' } });
    Object.assign(changed.headers, { b: Buffer.from('y') });
    expect(changed.headers).to.deep.equal({ a: Buffer.from('x'), b: Buffer.from('y') });

    const replaced = Object.assign(writeAndRead({ headers: { a: 'x' } }), { headers: { c: 'z' } });
    expect(headersOf(replaced)).to.deep.equal([['c', 'z']]);
  });

  it('leave key, value, offset and time as they are', () => {
    const read = writeAndRead({ key: Buffer.from([0xff]), value: Buffer.alloc(300, 1) });
    expect(read).to.deep.include({
      key: Buffer.from([0xff]),
      value: Buffer.alloc(300, 1),
      offset: '107',
      timestamp: '3500',
    });
    expect(writeAndRead({})).to.include({ key: null, value: null });
  });
});

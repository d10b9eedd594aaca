import { withHeaders } from './header-list.ts';
import { nameOfBytes } from './header-name.ts';
import type { Patch } from './patch.ts';

type Decoder = {
  readonly buffer: Buffer;
  offset: number;
  readInt8(): number;
  readVarInt(): number;
  readVarIntBytes(): Buffer | null;
};

type BatchContext = {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly magicByte: number;
  readonly isControlBatch?: boolean;
  readonly timestampType: number;
  readonly maxTimestamp: string;
};

/**
 * Headers lose their order and interleaving when they are read (`a,b,a` comes out as `a,a,b`, `10,2` as `2,10`), and one that is
 * named `__proto__` or `toString` is lost or breaks the record. Names that are not UTF-8 lose their bytes. This decoder keeps all.
 */
export const headersRead: Patch = {
  module: 'protocol/recordBatch/record/v0/decoder.js',
  apply: () => decodeRecord,
};

const LOG_APPEND_TIME = 1;

const decodeRecord = (decoder: Decoder, batchContext: BatchContext) => {
  const { firstOffset, firstTimestamp, magicByte, isControlBatch = false } = batchContext;
  const attributes = decoder.readInt8();
  const created = String(Number(firstTimestamp) + readVarLong(decoder));
  const offset = String(Number(firstOffset) + decoder.readVarInt());
  const record = {
    magicByte,
    attributes,
    timestamp: batchContext.timestampType === LOG_APPEND_TIME ? batchContext.maxTimestamp : created,
    offset,
    key: decoder.readVarIntBytes(),
    value: decoder.readVarIntBytes(),
    isControlRecord: isControlBatch,
    batchContext,
  };
  return withHeaders(record, readHeaders(decoder));
};

const readHeaders = (decoder: Decoder): (readonly [string, Buffer | null])[] => {
  const count = decoder.readVarInt();
  const list: (readonly [string, Buffer | null])[] = [];
  for (let read = 0; read < count; read++) list.push([readName(decoder), decoder.readVarIntBytes()]);
  return list;
};

type Name = { readonly bytes: Buffer; readonly text: string };

/** Producers use the same few names again and again, and to compare is much cheaper than to decode. */
const knownNames: (Name | undefined)[] = new Array<undefined>(256).fill(undefined);
const LONGEST_KNOWN_NAME = 64;

const readName = (decoder: Decoder): string => {
  const { buffer } = decoder;
  const length = decoder.readVarInt();
  if (length < 1) return '';
  const begin = decoder.offset;
  decoder.offset += length;
  const place = placeOf(buffer, begin, length);
  const known = knownNames[place];
  if (known !== undefined && stands(known.bytes, buffer, begin, length)) return known.text;
  const bytes = buffer.subarray(begin, decoder.offset);
  const text = nameOfBytes(bytes);
  if (length <= LONGEST_KNOWN_NAME) knownNames[place] = { bytes: Buffer.from(bytes), text };
  return text;
};

/** `ce_time` and `ce_type` differ in the last byte but one. */
const placeOf = (buffer: Buffer, begin: number, length: number): number => {
  const end = begin + length;
  return (
    (length * 31 + (buffer[begin] ?? 0) * 7 + (buffer[end - 1] ?? 0) + (buffer[end - 2] ?? 0) * 3) & 0xff
  );
};

const stands = (bytes: Buffer, buffer: Buffer, begin: number, length: number): boolean => {
  if (bytes.length !== length) return false;
  for (let at = 0; at < length; at++) if (bytes[at] !== buffer[begin + at]) return false;
  return true;
};

/** Zigzag, seven bits a byte. Exact up to 2^53, which no difference of two times in milliseconds reaches. */
const readVarLong = (decoder: Decoder): number => {
  let value = 0;
  let scale = 1;
  let byte: number;
  do {
    byte = decoder.readInt8();
    value += (byte & 0x7f) * scale;
    scale *= 0x80;
  } while (byte < 0);
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
};

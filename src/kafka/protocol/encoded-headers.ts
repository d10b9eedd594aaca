import { nameOfBytes } from './header-name.ts';

/** The headers in the order of the record. Names may repeat, and values may be null. */
export type HeaderList = readonly (readonly [name: string, value: Buffer | null])[];

/** `Symbol.for`, so that all copies of this module share the key: a process may load two copies, and kafkajs loads parts of itself late. */
const BYTES = Symbol.for('runclose.encoded-headers');

/**
 * The encoded headers of a record, and headers added after them. Looking one up here, or writing all of them again, takes a fraction of the
 * time and memory of a list.
 */
export type EncodedHeaders = {
  readonly [BYTES]: Buffer;
  readonly count: number;
  readonly added: HeaderList;
};

const NONE: HeaderList = [];

/** @param bytes the record's bytes after the number of headers */
export const encodedHeaders = (bytes: Buffer, count: number): EncodedHeaders => ({
  [BYTES]: bytes,
  count,
  added: NONE,
});

export const isEncoded = (headers: object): headers is EncodedHeaders => BYTES in headers;

/** The bytes of the record's own headers, without the added ones. */
export const bytesOf = (headers: EncodedHeaders): Buffer => headers[BYTES];

export const decodeHeaders = (headers: EncodedHeaders): HeaderList => {
  const cursor: Cursor = { bytes: headers[BYTES], at: 0 };
  const list: (readonly [string, Buffer | null])[] = [];
  for (let read = 0; read < headers.count; read++) list.push([readName(cursor), readValue(cursor)]);
  for (const header of headers.added) list.push(header);
  return list;
};

/** The value of the last header with this name; undefined if there is none. */
export const lastEncoded = (headers: EncodedHeaders, name: string): Buffer | null | undefined => {
  const added = headers.added.findLast((header) => header[0] === name);
  if (added !== undefined) return added[1];
  const cursor: Cursor = { bytes: headers[BYTES], at: 0 };
  let place = -1;
  for (let read = 0; read < headers.count; read++) {
    const isNamed = readName(cursor) === name;
    if (isNamed) place = cursor.at;
    skip(cursor);
  }
  return place < 0 ? undefined : readValue({ bytes: cursor.bytes, at: place });
};

type Cursor = { readonly bytes: Buffer; at: number };

const readValue = (cursor: Cursor): Buffer | null => {
  const length = readVarInt(cursor);
  if (length < 0) return null;
  cursor.at += length;
  return cursor.bytes.subarray(cursor.at - length, cursor.at);
};

const skip = (cursor: Cursor): void => {
  const length = readVarInt(cursor);
  if (length > 0) cursor.at += length;
};

/** A zigzag varint: seven bits per byte, at most 32 bits. */
const readVarInt = (cursor: Cursor): number => {
  let value = 0;
  let shift = 0;
  let byte: number;
  do {
    byte = cursor.bytes[cursor.at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    shift += 7;
  } while (byte >= 0x80);
  return (value >>> 1) ^ -(value & 1);
};

type Name = { readonly bytes: Buffer; readonly text: string };

/** Producers use the same few names again and again, and comparing bytes is much cheaper than decoding them. */
const knownNames: (Name | undefined)[] = new Array<undefined>(256).fill(undefined);
const MAX_KNOWN_NAME_BYTES = 64;

const readName = (cursor: Cursor): string => {
  const length = readVarInt(cursor);
  if (length < 1) return '';
  const { bytes: all, at: begin } = cursor;
  cursor.at += length;
  const place = placeOf(all, begin, length);
  const known = knownNames[place];
  if (known !== undefined && standsAt({ name: known.bytes, within: all, begin, length })) return known.text;
  const bytes = all.subarray(begin, cursor.at);
  const text = nameOfBytes(bytes);
  if (length <= MAX_KNOWN_NAME_BYTES) knownNames[place] = { bytes: Buffer.from(bytes), text };
  return text;
};

/** Includes the last byte but one, because `ce_time` and `ce_type` have the same length, first byte and last byte. */
const placeOf = (buffer: Buffer, begin: number, length: number): number => {
  const end = begin + length;
  return (
    (length * 31 + (buffer[begin] ?? 0) * 7 + (buffer[end - 1] ?? 0) + (buffer[end - 2] ?? 0) * 3) & 0xff
  );
};

type NamePlace = {
  readonly name: Buffer;
  readonly within: Buffer;
  readonly begin: number;
  readonly length: number;
};

const standsAt = ({ name, within, begin, length }: NamePlace): boolean => {
  if (name.length !== length) return false;
  for (let at = 0; at < length; at++) if (name[at] !== within[begin + at]) return false;
  return true;
};

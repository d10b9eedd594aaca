import { MAX_BYTES_PER_UNIT } from '../../wire/text-bytes.ts';

/**
 * Writes bytes one after another into one buffer, which grows. Kafka's numbers are big endian. Its varints are zigzag: small numbers of
 * either sign become small unsigned numbers.
 */
export type ByteWriter = { bytes: Buffer; at: number };

const INITIAL_BYTES = 64 * 1024;

export const createByteWriter = (): ByteWriter => ({ bytes: Buffer.allocUnsafe(INITIAL_BYTES), at: 0 });

/** The bytes written so far. The next write may change them. */
export const writtenBytes = ({ bytes, at }: ByteWriter): Buffer => bytes.subarray(0, at);

/** Makes room for `size` more bytes. */
const reserve = (writer: ByteWriter, size: number): void => {
  const { bytes, at } = writer;
  if (at + size <= bytes.length) return;
  const larger = Buffer.allocUnsafe(Math.max(2 * bytes.length, at + size));
  bytes.copy(larger, 0, 0, at);
  writer.bytes = larger;
};

/** Leaves room for `size` bytes, which the caller writes later. Returns where the room begins. */
export const skip = (writer: ByteWriter, size: number): number => {
  reserve(writer, size);
  writer.at += size;
  return writer.at - size;
};

export const writeInt8 = (writer: ByteWriter, value: number): void => {
  const at = skip(writer, 1);
  writer.bytes.writeInt8(value, at);
};

export const writeInt16 = (writer: ByteWriter, value: number): void => {
  const at = skip(writer, 2);
  writer.bytes.writeInt16BE(value, at);
};

export const writeInt32 = (writer: ByteWriter, value: number): void => {
  const at = skip(writer, 4);
  writer.bytes.writeInt32BE(value, at);
};

export const writeInt64 = (writer: ByteWriter, value: bigint): void => {
  const at = skip(writer, 8);
  writer.bytes.writeBigInt64BE(value, at);
};

export const writeBuffer = (writer: ByteWriter, buffer: Buffer): void => {
  const at = skip(writer, buffer.length);
  buffer.copy(writer.bytes, at);
};

/** Writes a nullable string, with its length in 16 bits. */
export const writeString = (writer: ByteWriter, text: string | null | undefined): void => {
  if (text === null || text === undefined) {
    writeInt16(writer, -1);
    return;
  }
  const length = Buffer.byteLength(text);
  writeInt16(writer, length);
  const at = skip(writer, length);
  writer.bytes.write(text, at);
};

const MAX_VARINT_BYTES = 10;
const INT32_VARINT_LIMIT = 2 ** 30;

/** Exact up to 2^52. */
export const writeVarInt = (writer: ByteWriter, value: number): void => {
  reserve(writer, MAX_VARINT_BYTES);
  const { bytes } = writer;
  if (value < INT32_VARINT_LIMIT && value >= -INT32_VARINT_LIMIT) {
    let rest = (value << 1) ^ (value >> 31);
    for (; rest >= 0x80; rest >>>= 7) bytes[writer.at++] = (rest & 0x7f) | 0x80;
    bytes[writer.at++] = rest;
    return;
  }
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[writer.at++] = (rest % 0x80) | 0x80;
  bytes[writer.at++] = rest;
};

export type Bytes = Buffer | string | null | undefined;

/** Writes the bytes with their length as a varint; the length of null is -1. */
export const writeVarIntBytes = (writer: ByteWriter, value: Bytes): void => {
  if (value === null || value === undefined) {
    writeVarInt(writer, -1);
  } else if (typeof value === 'string') {
    writeVarIntText(writer, value);
  } else {
    writeVarInt(writer, value.length);
    writeBuffer(writer, value);
  }
};

/** The greatest length whose varint is one byte. */
const MAX_ONE_BYTE_LENGTH = 63;
/** Up to this length, the loop in `writeAscii` is faster than a call into C++ (measured for eleven characters: 20 ns instead of 50 ns). */
const FEW_UNITS = 16;

/** Most texts are short, so a text is written after one byte for its length, without measuring it first. */
const writeVarIntText = (writer: ByteWriter, text: string): void => {
  const units = text.length;
  reserve(writer, MAX_VARINT_BYTES + MAX_BYTES_PER_UNIT * units);
  const { bytes, at } = writer;
  if (units <= FEW_UNITS && writeAscii(bytes, at + 1, text)) {
    bytes[at] = 2 * units;
    writer.at = at + 1 + units;
    return;
  }
  const length = units > MAX_ONE_BYTE_LENGTH ? Buffer.byteLength(text) : bytes.write(text, at + 1);
  writeVarInt(writer, length);
  if (length > MAX_ONE_BYTE_LENGTH) bytes.write(text, writer.at);
  writer.at += length;
};

/** Returns false if the text has characters beyond ASCII. */
const writeAscii = (bytes: Buffer, at: number, text: string): boolean => {
  for (let unit = 0; unit < text.length; unit++) {
    const code = text.charCodeAt(unit);
    if (code >= 0x80) return false;
    bytes[at + unit] = code;
  }
  return true;
};

/** The length of most records takes two bytes: 64 to 8,191. */
const USUAL_LENGTH_BYTES = 2;

/** Leaves room for the length of the content that is written next. */
export const beginSized = (writer: ByteWriter): number => skip(writer, USUAL_LENGTH_BYTES);

/** Writes the length, as a varint, of the content written since `beginSized`. */
export const endSized = (writer: ByteWriter, begin: number): void => {
  const content = begin + USUAL_LENGTH_BYTES;
  const length = writer.at - content;
  const end = writer.at;
  // Write the varint after the content first, to see its length. Most often, the room before the content has the same length.
  writeVarInt(writer, length);
  const varint = writer.at - end;
  if (varint !== USUAL_LENGTH_BYTES) {
    const moved = begin + varint;
    reserve(writer, varint);
    writer.bytes.copyWithin(moved, content, end);
  }
  writer.at = begin;
  writeVarInt(writer, length);
  writer.at += length;
};

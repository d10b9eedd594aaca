import { bytesOf, isEncoded } from './encoded-headers.ts';
import { headerListOf, type WritableHeaders } from './header-list.ts';
import { bytesOfName } from './header-name.ts';
import type { Patch } from './patch.ts';

type Encoder = { buf: Buffer; offset: number };
type EncoderClass = { readonly prototype: Encoder };

type Message = {
  readonly offsetDelta?: number;
  readonly timestampDelta?: number;
  readonly key?: Buffer | string | null;
  readonly value?: Buffer | string | null;
  readonly headers?: WritableHeaders | object;
};

/**
 * A header whose value is null makes the record encoder throw a `TypeError`, and headers can only be given as an object, which
 * has no order. This encoder writes lists, too, byte for byte as they were read.
 */
export const headersWritten = (encoderClass: () => EncoderClass): Patch => ({
  module: 'protocol/recordBatch/record/v0/index.js',
  apply: () => createEncodeRecord(encoderClass()),
});

const createEncodeRecord =
  (Encoder: EncoderClass) =>
  ({ offsetDelta = 0, timestampDelta = 0, key, value, headers }: Message): Encoder => {
    const encoded = headers !== undefined && isEncoded(headers) ? headers : null;
    const bytes = encoded === null ? NO_BYTES : bytesOf(encoded);
    const list = (encoded?.added ?? headerListOf(headers)).map(
      ([name, one]) => [bytesOfName(name), one] as const,
    );
    const count = (encoded?.count ?? 0) + list.length;
    let size = 1 + sizeOf(timestampDelta) + sizeOf(offsetDelta) + sizeOf(count) + bytes.length;
    size += sizeOfBytes(key) + sizeOfBytes(value);
    for (const [name, one] of list) size += sizeOfBytes(name) + sizeOfBytes(one);

    // kafkajs's own constructor fills twice the size with zeros.
    const encoder = Object.create(Encoder.prototype) as Encoder;
    encoder.buf = Buffer.allocUnsafe(sizeOf(size) + size);
    encoder.offset = 0;
    write(encoder, size);
    write(encoder, 0); // attributes: none are defined
    write(encoder, timestampDelta);
    write(encoder, offsetDelta);
    writeBytes(encoder, key);
    writeBytes(encoder, value);
    write(encoder, count);
    encoder.offset += bytes.copy(encoder.buf, encoder.offset);
    for (const [name, one] of list) {
      writeBytes(encoder, name);
      writeBytes(encoder, one);
    }
    return encoder;
  };

const NO_BYTES = Buffer.alloc(0);

type Bytes = Buffer | string | null | undefined;

const sizeOfBytes = (bytes: Bytes): number => {
  if (bytes === null || bytes === undefined) return sizeOf(-1);
  const length = Buffer.byteLength(bytes);
  return sizeOf(length) + length;
};

const writeBytes = (encoder: Encoder, bytes: Bytes): void => {
  if (bytes === null || bytes === undefined) {
    write(encoder, -1);
  } else if (typeof bytes === 'string') {
    write(encoder, Buffer.byteLength(bytes));
    encoder.offset += encoder.buf.write(bytes, encoder.offset);
  } else {
    write(encoder, bytes.length);
    encoder.offset += bytes.copy(encoder.buf, encoder.offset);
  }
};

/** Zigzag: small numbers of either sign become small ones without. */
const zigzag = (value: number): number => (value >= 0 ? value * 2 : -value * 2 - 1);

const sizeOf = (value: number): number => {
  let size = 1;
  for (let rest = zigzag(value); rest >= 0x80; rest = Math.floor(rest / 0x80)) size++;
  return size;
};

const write = (encoder: Encoder, value: number): void => {
  let rest = zigzag(value);
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) encoder.buf[encoder.offset++] = (rest % 0x80) | 0x80;
  encoder.buf[encoder.offset++] = rest;
};

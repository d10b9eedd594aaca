import { headerListOf, type WritableHeaders } from './header-list.ts';
import type { Patch } from './patch.ts';

type Encoder = { readonly buf: Buffer; offset: number };
type EncoderClass = new (size: number) => Encoder;

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
    const fields = [bytesOf(key), bytesOf(value)];
    const list = headerListOf(headers);
    for (const [name, one] of list) fields.push(Buffer.from(name), bytesOf(one));

    let size = 1 + sizeOf(timestampDelta) + sizeOf(offsetDelta) + sizeOf(list.length);
    for (const field of fields) size += sizeOf(field?.length ?? -1) + (field?.length ?? 0);

    const encoder = new Encoder(sizeOf(size) + size);
    write(encoder, size);
    write(encoder, 0); // attributes: none are defined
    write(encoder, timestampDelta);
    write(encoder, offsetDelta);
    fields.forEach((field, index) => {
      if (index === 2) write(encoder, list.length);
      write(encoder, field?.length ?? -1);
      if (field !== null) encoder.offset += field.copy(encoder.buf, encoder.offset);
    });
    if (list.length === 0) write(encoder, 0);
    return encoder;
  };

const bytesOf = (value: Buffer | string | null | undefined): Buffer | null =>
  value === null || value === undefined ? null : Buffer.isBuffer(value) ? value : Buffer.from(value);

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

import { encodedHeaders } from '../protocol/encoded-headers.ts';
import { withHeaders } from '../protocol/header-list.ts';
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
 * In kafkajs, headers lose their order when they are read (`a,b,a` becomes `a,a,b`, `10,2` becomes `2,10`), and a header named `__proto__`
 * or `toString` is lost or breaks the record. Names that are not UTF-8 lose their bytes. This decoder keeps all headers as they are.
 */
export const headersRead: Patch = {
  module: 'protocol/recordBatch/record/v0/decoder.js',
  apply: () => decodeRecord,
};

const LOG_APPEND_TIME = 1;
/** An empty name and no value. */
const MIN_HEADER_BYTES = 2;

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
  // The decoder contains only this record, so the remaining bytes are its headers.
  const count = decoder.readVarInt();
  const bytesLeft = decoder.buffer.length - decoder.offset;
  if (count < 0 || count * MIN_HEADER_BYTES > bytesLeft)
    throw new Error(`the record at ${offset} is malformed`);
  return withHeaders(record, encodedHeaders(decoder.buffer.subarray(decoder.offset), count));
};

/** A zigzag varint: seven bits per byte. Exact up to 2^53, which no difference of two times in milliseconds reaches. */
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

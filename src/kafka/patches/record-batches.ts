import { Failure } from '../../processor/failure.ts';
import { encodedHeaders } from '../protocol/encoded-headers.ts';
import { countOfHeaders, withHeaders } from '../protocol/header-list.ts';
import type { Patch } from './patch.ts';

type Decoder = {
  readonly buffer: Buffer;
  offset: number;
  readInt8(): number;
  readInt16(): number;
  readInt32(): number;
  readInt64(): { toString(): string };
  readVarInt(): number;
  slice(size: number): Decoder;
  forward(size: number): void;
  readAll(): Buffer;
};

type Codec = { decompress(compressed: Buffer): Promise<Buffer> };

export type RecordBatchParts = {
  readonly Decoder: new (buffer: Buffer) => Decoder;
  readonly PartialMessageError: new (message: string) => Error;
  readonly decodeRecord: (decoder: Decoder, context: BatchContext) => object;
  /** Null: not compressed. */
  readonly codecOf: (attributes: number) => Codec | null;
  readonly crc32c: (bytes: Buffer) => number;
};

type BatchContext = {
  readonly firstOffset: string;
  readonly firstTimestamp: string;
  readonly partitionLeaderEpoch: number;
  readonly inTransaction: boolean;
  readonly isControlBatch: boolean;
  readonly lastOffsetDelta: number;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly maxTimestamp: string;
  readonly timestampType: number;
  readonly magicByte: number;
};

export type DecodedBatch = {
  readonly records: readonly object[];
  /** The approximate memory of the records, in bytes. */
  readonly bytes: number;
};

/**
 * With 64 MiB, this leaves 268 bytes for each record, fewer than any command has. Without a limit, 1 MiB on the wire can hold nine million
 * empty records, which take gigabytes of memory.
 */
const MAX_RECORDS = 250_000;
/** A header may have only two bytes, and becomes an object. */
const MAX_HEADERS = 1_000_000;
/** At most this many unreadable records are listed; one more record at the batch's end stands for all others. */
const MAX_UNREADABLE = 10_000;
/** The length counts the bytes after its own field. */
const LENGTH_FIELD_END = 12;
/** The checksum covers the bytes behind itself: from this one to the end of the batch. */
const CRC_COVERS_FROM = 21;

/** Bits of the attributes. */
const LOG_APPEND_TIME = 0x08;
const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

/** The memory that the objects of a record and of a header take, without their content. */
const RECORD_BYTES = 256;
const HEADER_BYTES = 64;

/**
 * kafkajs trusts the numbers in a batch, even lengths beyond its end and records that it does not contain. If one batch cannot be
 * decompressed or decoded, every fetch fails, and the consumer ends for good. This decoder replaces each record of such a batch by a record
 * without key, value and headers, which says why. If the checksum shows that the batch was damaged in transit, it throws instead, and the
 * batch is fetched again.
 */
export const recordBatches = (parts: () => RecordBatchParts): Patch => ({
  module: 'protocol/recordBatch/v0/decoder.js',
  apply: () => createDecodeRecordBatch(parts()),
});

const createDecodeRecordBatch =
  (parts: RecordBatchParts) =>
  async (answer: Decoder): Promise<DecodedBatch> => {
    const begin = answer.offset;
    const firstOffset = answer.readInt64().toString();
    const length = answer.readInt32();
    const decoder = answer.slice(length);
    answer.forward(length);
    if (decoder.buffer.length < length) throw new parts.PartialMessageError('the record batch is cut off');

    const partitionLeaderEpoch = decoder.readInt32();
    const magicByte = decoder.readInt8();
    const crc = decoder.readInt32() >>> 0;
    const attributes = decoder.readInt16();
    const context: BatchContext = {
      firstOffset,
      partitionLeaderEpoch,
      magicByte,
      lastOffsetDelta: decoder.readInt32(),
      firstTimestamp: decoder.readInt64().toString(),
      maxTimestamp: decoder.readInt64().toString(),
      producerId: decoder.readInt64().toString(),
      producerEpoch: decoder.readInt16(),
      firstSequence: decoder.readInt32(),
      timestampType: (attributes & LOG_APPEND_TIME) === 0 ? 0 : 1,
      inTransaction: (attributes & TRANSACTIONAL) !== 0,
      isControlBatch: (attributes & CONTROL) !== 0,
    };
    const count = decoder.readInt32();
    try {
      if (count > MAX_RECORDS)
        throw new Error(`it states ${String(count)} records, more than the allowed ${String(MAX_RECORDS)}`);
      const codec = parts.codecOf(attributes);
      const bytes = decoder.readAll();
      const records = codec === null || count <= 0 ? bytes : await codec.decompress(bytes);
      return decodeRecords(parts, records, count, context);
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      const checked = answer.buffer.subarray(begin + CRC_COVERS_FROM, begin + LENGTH_FIELD_END + length);
      if (context.isControlBatch || parts.crc32c(checked) !== crc) throw damaged(firstOffset, why);
      const records = unreadableRecords(context, why);
      return { records, bytes: records.length * RECORD_BYTES };
    }
  };

const decodeRecords = (
  { Decoder, decodeRecord }: RecordBatchParts,
  bytes: Buffer,
  count: number,
  context: BatchContext,
): DecodedBatch => {
  const decoder = new Decoder(bytes);
  const records: object[] = [];
  let headers = 0;
  for (let index = 0; index < count; index++) {
    const size = decoder.readVarInt();
    const end = decoder.offset + size;
    if (size < 0 || end > bytes.length) throw new Error(`record ${String(index)} reaches beyond the batch`);
    const record = decodeRecord(new Decoder(bytes.subarray(decoder.offset, end)), context);
    headers += countOfHeaders(record);
    if (headers > MAX_HEADERS) throw new Error(`it holds more than ${String(MAX_HEADERS)} headers`);
    records.push(record);
    decoder.offset = end;
  }
  return { records, bytes: bytes.length + records.length * RECORD_BYTES + headers * HEADER_BYTES };
};

const NO_HEADERS = encodedHeaders(Buffer.alloc(0), 0);

const unreadableRecords = (context: BatchContext, why: string): readonly object[] => {
  const { firstOffset, maxTimestamp, isControlBatch } = context;
  const first = Number(firstOffset);
  const others = Math.max(context.lastOffsetDelta, 0);
  const last = first + others;
  const reason = `the record batch from ${firstOffset} to ${String(last)} cannot be read: ${why}`;
  const recordAt = (offset: number, unreadable: string): object =>
    withHeaders(
      {
        magicByte: context.magicByte,
        attributes: 0,
        timestamp: maxTimestamp,
        offset: String(offset),
        key: null,
        value: null,
        isControlRecord: isControlBatch,
        batchContext: context,
        unreadable,
      },
      NO_HEADERS,
    );
  const listed = Math.min(others, MAX_UNREADABLE);
  const records = Array.from({ length: listed }, (_, delta) => recordAt(first + delta, reason));
  const standsFor =
    listed === others
      ? ''
      : `; this record stands for all records of the batch from offset ${String(first + listed)} on`;
  return [...records, recordAt(last, reason + standsFor)];
};

/** Transient, because the broker has the right bytes: it checks each batch when a producer writes it. */
const damaged = (firstOffset: string, why: string): Failure =>
  new Failure(
    'transient',
    'KAFKA_DAMAGED_BATCH',
    `the record batch from offset ${firstOffset} on was damaged in transit, so it is fetched again: ${why}`,
    { scope: 'local' },
  );

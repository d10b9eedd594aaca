/** Writes record batches of version 2, as kafkajs does, but in one pass into one buffer. */
import {
  beginSized,
  endSized,
  skip,
  writeBuffer,
  writeInt16,
  writeInt32,
  writeInt64,
  writeInt8,
  writeVarInt,
  writeVarIntBytes,
  type ByteWriter,
  type Bytes,
} from './byte-writer.ts';
import { crc32c } from './crc32c.ts';
import { bytesOf, isEncoded } from './encoded-headers.ts';
import { headerListOf, type WritableHeaders } from './header-list.ts';
import { bytesOfName } from './header-name.ts';

export type WritableRecord = {
  readonly key?: Bytes;
  readonly value?: Bytes;
  /** If absent: now. */
  readonly timestamp?: string | number | null | undefined;
  readonly headers?: WritableHeaders | object;
};

export type BatchFacts = {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly isTransactional: boolean;
  /** kafkajs's number of the codec. */
  readonly compression: number;
};

export type BatchTimes = {
  readonly now: number;
  readonly first: number;
  readonly last: number;
};

export const timesOf = (records: readonly WritableRecord[], now: number): BatchTimes => {
  let [first, last] = [Infinity, -Infinity];
  for (const { timestamp } of records) {
    const time = timestamp == null ? now : Number(timestamp);
    if (time < first) first = time;
    if (time > last) last = time;
  }
  return records.length === 0 ? { now, first: now, last: now } : { now, first, last };
};

export const writeRecords = (
  writer: ByteWriter,
  records: readonly WritableRecord[],
  { now, first }: BatchTimes,
): void => {
  records.forEach((record, index) => {
    const time = record.timestamp == null ? now : Number(record.timestamp);
    writeRecord(writer, record, index, time - first);
  });
};

const MAGIC = 2;
const TRANSACTIONAL = 0x10;

/** @param compressed the records as a codec has compressed them; undefined: `records` are written uncompressed */
export const writeBatch = (
  writer: ByteWriter,
  { producerId, producerEpoch, firstSequence, isTransactional, compression }: BatchFacts,
  records: readonly WritableRecord[],
  times: BatchTimes,
  compressed: Buffer | undefined,
): void => {
  writeInt64(writer, 0n); // the first offset: the broker fills it in
  const length = skip(writer, 4);
  writeInt32(writer, 0); // the leader's epoch: the broker fills it in
  writeInt8(writer, MAGIC);
  const checksum = skip(writer, 4);
  const checked = writer.at;
  writeInt16(writer, compression | (isTransactional ? TRANSACTIONAL : 0));
  writeInt32(writer, records.length - 1);
  writeInt64(writer, BigInt(times.first));
  writeInt64(writer, BigInt(times.last));
  writeInt64(writer, producerId);
  writeInt16(writer, producerEpoch);
  writeInt32(writer, firstSequence);
  writeInt32(writer, records.length);
  if (compressed === undefined) writeRecords(writer, records, times);
  else writeBuffer(writer, compressed);
  writer.bytes.writeInt32BE(writer.at - length - 4, length);
  writer.bytes.writeUInt32BE(crc32c(writer.bytes.subarray(checked, writer.at)), checksum);
};

/** Headers are written in their order, with repeats and nulls, byte for byte as they were read. */
export const writeRecord = (
  writer: ByteWriter,
  { key, value, headers }: WritableRecord,
  offsetDelta: number,
  timestampDelta: number,
): void => {
  const begin = beginSized(writer);
  writeVarInt(writer, 0); // attributes: none are defined
  writeVarInt(writer, timestampDelta);
  writeVarInt(writer, offsetDelta);
  writeVarIntBytes(writer, key);
  writeVarIntBytes(writer, value);
  const encoded = headers !== undefined && isEncoded(headers) ? headers : null;
  const list = encoded?.added ?? headerListOf(headers);
  writeVarInt(writer, (encoded?.count ?? 0) + list.length);
  if (encoded !== null) writeBuffer(writer, bytesOf(encoded));
  for (const [name, each] of list) {
    writeVarIntBytes(writer, bytesOfName(name));
    writeVarIntBytes(writer, each);
  }
  endSized(writer, begin);
};

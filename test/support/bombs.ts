import { gzipSync } from 'node:zlib';
import type { CompressionTypes as Compression } from 'kafkajs';
import { registerCodecs } from '../../src/kafka/compression/codecs.ts';
import { CompressionCodecs, CompressionTypes } from '../../src/kafka/patches/kafkajs.ts';

/** A pattern that is repeated up to a length, with the bytes before and after it. */
export type Repetition = {
  readonly before: Buffer;
  readonly pattern: Buffer;
  readonly length: number;
  readonly behind: Buffer;
};

export type Codec = 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Compressed as far as the format allows, which real compressors do not always reach: little on the wire, much in memory. */
const compressRepetition = (codec: Codec, repetition: Repetition): Buffer => COMPRESS[codec](repetition);

/** Compresses this number of zeros. */
export const bomb = (codec: Codec, bytes: number): Buffer =>
  compressRepetition(codec, { before: NOTHING, pattern: ZERO, length: bytes, behind: NOTHING });

/** A few bytes that state a gigabyte. */
export const claims = (): Readonly<Record<Exclude<Codec, 'gzip'>, Buffer>> => ({
  snappy: varint(2 ** 30 - 1),
  lz4: Buffer.concat([
    int32(LZ4_MAGIC),
    Buffer.from([0x68, 0x70]),
    int64(2 ** 30),
    Buffer.from([0x73]),
    int32(0),
  ]),
  zstd: Buffer.concat([int32(ZSTD_MAGIC), Buffer.from([0xe0]), int64(2 ** 30), Buffer.from([1, 0, 0])]),
});

/**
 * While `work` runs, this process's kafkajs writes batches with this codec. The only record of each batch has a value that repeats
 * `pattern`. With zstd and snappy, the pattern must be one byte. Creating a client meanwhile ends this.
 */
export const writingRepetitions = async (
  codec: Codec,
  pattern: Buffer,
  valueLength: number,
  work: (compression: Compression) => Promise<unknown>,
): Promise<void> => {
  const type = TYPES[codec];
  const beginning = Buffer.alloc(Math.min(64, valueLength), pattern);
  (CompressionCodecs as Record<number, unknown>)[type] = () => ({
    compress: ({ buffer }: { readonly buffer: Buffer }) => {
      const begin = buffer.indexOf(beginning);
      const end = begin + valueLength;
      return Promise.resolve(
        compressRepetition(codec, {
          before: buffer.subarray(0, begin),
          pattern,
          length: valueLength,
          behind: buffer.subarray(end),
        }),
      );
    },
  });
  try {
    await work(type);
  } finally {
    registerCodecs();
  }
};

const TYPES = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};
const NOTHING = Buffer.alloc(0);
const ZERO = Buffer.alloc(1);
const LZ4_MAGIC = 0x184d2204;
const LZ4_BLOCK_BYTES = 4_000_000;
/** Java's reader requires some literals at a block's end. */
const LAST_LITERALS = 12;
const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_BLOCK_BYTES = 128 * 1024;

const COMPRESS: Readonly<Record<Codec, (repetition: Repetition) => Buffer>> = {
  gzip: ({ before, pattern, length, behind }) =>
    gzipSync(Buffer.concat([before, Buffer.alloc(length, pattern), behind]), { level: 9 }),

  snappy: ({ before, pattern, length, behind }) => {
    // Copies of 64 bytes, each of three.
    const copies: Buffer[] = [];
    for (let bytesLeft = length - 1; bytesLeft > 0; bytesLeft -= 64)
      copies.push(Buffer.from([((Math.min(bytesLeft, 64) - 1) << 2) | 2, 1, 0]));
    const literals = [Buffer.concat([before, pattern]), ...(behind.length > 0 ? [behind] : [])].map((bytes) =>
      Buffer.concat([Buffer.from([61 << 2]), int32(bytes.length - 1).subarray(0, 2), bytes]),
    );
    return Buffer.concat([
      varint(before.length + length + behind.length),
      literals[0]!,
      ...copies,
      ...literals.slice(1),
    ]);
  },

  lz4: ({ before, pattern, length, behind }) => {
    const blocks: Buffer[] = [];
    for (let bytesLeft = length; bytesLeft > 0; bytesLeft -= LZ4_BLOCK_BYTES)
      blocks.push(lz4Block(pattern, Math.min(bytesLeft, LZ4_BLOCK_BYTES)));
    return Buffer.concat([
      int32(LZ4_MAGIC),
      Buffer.from([0x60, 0x70, 0x73]),
      ...plainLz4Block(before),
      ...blocks,
      ...plainLz4Block(behind),
      int32(0),
    ]);
  },

  zstd: ({ before, pattern, length, behind }) => {
    const blocks: { readonly type: 0 | 1; readonly size: number; readonly bytes: Buffer }[] = [];
    if (before.length > 0) blocks.push({ type: 0, size: before.length, bytes: before });
    for (let bytesLeft = length; bytesLeft > 0; bytesLeft -= ZSTD_BLOCK_BYTES)
      blocks.push({ type: 1, size: Math.min(bytesLeft, ZSTD_BLOCK_BYTES), bytes: pattern });
    if (behind.length > 0) blocks.push({ type: 0, size: behind.length, bytes: behind });
    const written = blocks.flatMap(({ type, size, bytes }, index) => [
      int32((size << 3) | (type << 1) | (index === blocks.length - 1 ? 1 : 0)).subarray(0, 3),
      bytes,
    ]);
    // A window of 128 KiB.
    return Buffer.concat([int32(ZSTD_MAGIC), Buffer.from([0, 0x38]), ...written]);
  },
};

const plainLz4Block = (bytes: Buffer): readonly Buffer[] =>
  bytes.length === 0 ? [] : [int32(bytes.length + 0x8000_0000), bytes];

/** The pattern as a literal, and one match for all later bytes; if the value is too short for that, plain literals. */
const lz4Block = (pattern: Buffer, bytes: number): Buffer => {
  const matched = bytes - pattern.length - LAST_LITERALS;
  if (matched < 32) return Buffer.concat(plainLz4Block(Buffer.alloc(bytes, pattern)));
  const literals = lz4Length(pattern.length);
  const matches = lz4Length(matched - 4);
  const body = Buffer.concat([
    Buffer.from([(literals.short << 4) | matches.short]),
    literals.more,
    pattern,
    Buffer.from([pattern.length & 0xff, pattern.length >>> 8]),
    matches.more,
    Buffer.from([LAST_LITERALS << 4]),
    Buffer.alloc(bytes, pattern).subarray(-LAST_LITERALS),
  ]);
  return Buffer.concat([int32(body.length), body]);
};

const lz4Length = (length: number): { readonly short: number; readonly more: Buffer } => {
  if (length < 15) return { short: length, more: NOTHING };
  const rest = length - 15;
  return {
    short: 15,
    more: Buffer.concat([Buffer.alloc(Math.floor(rest / 255), 255), Buffer.from([rest % 255])]),
  };
};

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
};

const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};

const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
};

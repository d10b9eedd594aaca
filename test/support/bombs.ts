import { gzipSync } from 'node:zlib';

/** Zeros, compressed as far as each codec can: little on the wire, much in memory. */
export const BOMBS: Readonly<Record<'gzip' | 'snappy' | 'lz4' | 'zstd', (bytes: number) => Buffer>> = {
  gzip: (bytes) => gzipSync(Buffer.alloc(bytes), { level: 9 }),
  snappy: (bytes) => {
    // One literal, then copies of 64 bytes, each of three bytes.
    const copies = Math.ceil(bytes / 64);
    const body = Buffer.alloc(3 * copies);
    for (let at = 0; at < body.length; at += 3) body.set([(63 << 2) | 2, 1, 0], at);
    return Buffer.concat([varint(1 + 64 * copies), Buffer.from([0, 0]), body]);
  },
  lz4: (bytes) => {
    const blocks = Array.from({ length: Math.ceil(bytes / LZ4_BLOCK) }, () => {
      const body = Buffer.concat([
        Buffer.from([0x1f, 0, 1, 0]),
        Buffer.alloc(LZ4_BLOCK / 255 - 1, 255),
        Buffer.from([0, 0]),
      ]);
      return Buffer.concat([int32(body.length), body]);
    });
    return Buffer.concat([int32(0x184d2204), Buffer.from([0x60, 0x70, 0x73]), ...blocks, int32(0)]);
  },
  zstd: (bytes) => {
    const blocks = Math.ceil(bytes / ZSTD_BLOCK);
    const body = Array.from({ length: blocks }, (_, index) => {
      const header = (ZSTD_BLOCK << 3) | (1 << 1) | (index === blocks - 1 ? 1 : 0);
      return Buffer.from([header & 0xff, (header >>> 8) & 0xff, header >>> 16, 0]);
    });
    return Buffer.concat([int32(0xfd2fb528), Buffer.from([0, 0x38]), ...body]);
  },
};

/** A few bytes that state a gigabyte. */
export const claims = (): Readonly<Record<'snappy' | 'lz4' | 'zstd', Buffer>> => ({
  snappy: varint(2 ** 30 - 1),
  lz4: Buffer.concat([
    int32(0x184d2204),
    Buffer.from([0x68, 0x70]),
    int64(2 ** 30),
    Buffer.from([0x73]),
    int32(0),
  ]),
  zstd: Buffer.concat([int32(0xfd2fb528), Buffer.from([0xe0]), int64(2 ** 30), Buffer.from([1, 0, 0])]),
});

/** Divisible by 255, for its runs, and below the 4 MiB that a frame of this kind allows. */
const LZ4_BLOCK = 255 * 16_000;
const ZSTD_BLOCK = 128 * 1024;

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

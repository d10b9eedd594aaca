/**
 * Reads LZ4 frames with lz4-napi. The library has no limit and believes the lengths that a frame states. So the blocks are measured first:
 * a frame names the largest size of its blocks, so their number bounds the output. Throws an `Error` if the frame is malformed or larger
 * than the caller allows.
 */
import type * as lz4 from 'lz4-napi';
import { packageRequire } from '../patches/package-require.ts';

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const UNCOMPRESSED_BLOCK = 0x8000_0000;
/** The largest size of a block, by the code in the frame. */
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20 };

export const unlz4 = (compressed: Buffer, mostBytes: number): Promise<Buffer> => {
  let bound = 0;
  for (let at = 0; at < compressed.length;) {
    const magic = compressed.readUInt32LE(at);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + compressed.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME_MAGIC) throw malformed();
    const frame = measureFrame(compressed, at + 4);
    bound += frame.bound;
    if (bound > mostBytes) throw new Error(`it may hold more than the allowed ${String(mostBytes)} bytes`);
    at = frame.end;
  }
  // Bundlers cannot include native code.
  return (packageRequire()('lz4-napi') as typeof lz4).decompressFrame(compressed);
};

type Frame = { readonly end: number; readonly bound: number };

const measureFrame = (input: Buffer, begin: number): Frame => {
  const flags = input.readUInt8(begin);
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0;
  const mostBlockBytes = BLOCK_BYTES[(input.readUInt8(begin + 1) >>> 4) & 7];
  if (mostBlockBytes === undefined) throw malformed();
  const blockChecksumBytes = has(4) ? 4 : 0;
  const contentChecksumBytes = has(2) ? 4 : 0;
  const stated = has(3) ? Number(input.readBigUInt64LE(begin + 2)) : 0;
  // The last byte of the header is its checksum.
  let at = begin + 2 + (has(3) ? 8 : 0) + (has(0) ? 4 : 0) + 1;
  let bound = 0;
  for (;;) {
    const header = input.readUInt32LE(at);
    at += 4;
    if (header === 0) break;
    const isPlain = header >= UNCOMPRESSED_BLOCK;
    const size = isPlain ? header - UNCOMPRESSED_BLOCK : header;
    bound += isPlain ? size : mostBlockBytes;
    at += size + blockChecksumBytes;
    if (at > input.length) throw new Error('an lz4 block is cut off');
  }
  if (stated > bound) throw new Error(`it states ${String(stated)} bytes, more than its blocks can hold`);
  return { bound, end: at + contentChecksumBytes };
};

const malformed = (): Error => new Error('malformed lz4');

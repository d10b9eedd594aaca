/**
 * Reads snappy: a raw block, or Java's frames around blocks. The output is never larger than the caller allows: a block states its length
 * first, and five bytes can state a gigabyte. Throws an `Error` if the input is malformed.
 */
import type * as snappy from 'snappy';
import { packageRequire } from '../patches/package-require.ts';

/** Java's frames: magic, two versions, then blocks of a length and that many bytes. librdkafka writes raw blocks. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export const unsnappy = (compressed: Buffer, mostBytes: number): Buffer => {
  if (!compressed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC))
    return unsnappyBlock(compressed, mostBytes);
  const blocks: Buffer[] = [];
  let bytesLeft = mostBytes;
  for (let at = XERIAL_HEADER_BYTES; at < compressed.length;) {
    const length = compressed.readUInt32BE(at);
    const end = at + 4 + length;
    if (end > compressed.length) throw new Error('a snappy block is cut off');
    const block = unsnappyBlock(compressed.subarray(at + 4, end), bytesLeft);
    bytesLeft -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
};

const unsnappyBlock = (block: Buffer, mostBytes: number): Buffer => {
  const stated = statedLength(block);
  if (stated > mostBytes)
    throw new Error(`it states ${String(stated)} bytes, more than the allowed ${String(mostBytes)}`);
  // Bundlers cannot include native code.
  return (packageRequire()('snappy') as typeof snappy).uncompressSync(block) as Buffer;
};

/** A varint: seven bits per byte, at most 32 bits. */
const statedLength = (block: Buffer): number => {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = block.readUInt8(at);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length;
  }
  throw new Error('malformed snappy');
};

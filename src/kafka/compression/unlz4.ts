/**
 * LZ4 frames. The output is never larger than what the caller allows, whatever a frame states or a block unfolds to. Checksums are
 * not checked: the record batch around it has one. Throws an `Error` for anything malformed.
 */
import { growingBytes, type GrowingBytes } from './growing-bytes.ts';

const FRAME_MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a50;
const UNCOMPRESSED_BLOCK = 0x8000_0000;
/** Of a block, by the frame's code for it. */
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 64 << 10, 5: 256 << 10, 6: 1 << 20, 7: 4 << 20 };

export const unlz4 = (compressed: Buffer, mostBytes: number): Buffer => {
  const output = growingBytes(mostBytes);
  for (let at = 0; at < compressed.length;) {
    const magic = compressed.readUInt32LE(at);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) at += 8 + compressed.readUInt32LE(at + 4);
    else if (magic === FRAME_MAGIC) at = readFrame(compressed, at + 4, output);
    else throw malformed();
  }
  return output.bytes();
};

/** Returns where the frame ends. */
const readFrame = (input: Buffer, begin: number, output: GrowingBytes): number => {
  const flags = input.readUInt8(begin);
  const has = (bit: number): boolean => (flags & (1 << bit)) !== 0;
  const isVersionOne = flags >>> 6 === 1;
  const mostBlockBytes = BLOCK_BYTES[(input.readUInt8(begin + 1) >>> 4) & 7];
  if (!isVersionOne || mostBlockBytes === undefined || has(0)) throw malformed();
  const areBlocksIndependent = has(5);
  const blockChecksumBytes = has(4) ? 4 : 0;
  const contentSizeBytes = has(3) ? 8 : 0;
  const contentChecksumBytes = has(2) ? 4 : 0;
  const frameStart = output.length();
  // The last byte of the header is its checksum.
  let at = begin + 2 + contentSizeBytes + 1;
  for (;;) {
    const stated = input.readUInt32LE(at);
    at += 4;
    if (stated === 0) return at + contentChecksumBytes;
    const isPlain = stated >= UNCOMPRESSED_BLOCK;
    const end = at + (isPlain ? stated - UNCOMPRESSED_BLOCK : stated);
    if (end > input.length) throw new Error('an lz4 block is cut off');
    const blockStart = output.length();
    if (isPlain) output.append(input, at, end);
    else readBlock(input, at, end, output, areBlocksIndependent ? blockStart : frameStart);
    if (output.length() - blockStart > mostBlockBytes) throw malformed();
    at = end + blockChecksumBytes;
  }
};

const SHORTEST_MATCH = 4;
/** A length of this much goes on in the bytes that follow. */
const MORE = 15;

/** @param earliest matches reach back no further than here */
const readBlock = (
  input: Buffer,
  begin: number,
  end: number,
  output: GrowingBytes,
  earliest: number,
): void => {
  let at = begin;
  const lengthFrom = (short: number): number => {
    let length = short;
    if (short !== MORE) return length;
    for (;;) {
      if (at >= end) throw malformed();
      const byte = input[at++] as number;
      length += byte;
      if (byte !== 255) return length;
    }
  };
  while (at < end) {
    const token = input[at++] as number;
    const literals = lengthFrom(token >>> 4);
    if (at + literals > end) throw malformed();
    output.append(input, at, at + literals);
    at += literals;
    // A block ends with literals.
    if (at === end) return;
    if (at + 2 > end) throw malformed();
    const back = input.readUInt16LE(at);
    at += 2;
    const matched = lengthFrom(token & 15) + SHORTEST_MATCH;
    if (back === 0 || output.length() - back < earliest) throw malformed();
    output.repeat(back, matched);
  }
};

const malformed = (): Error => new Error('malformed lz4');

/**
 * Reads Zstandard with fzstd. The library allocates the sizes of content and window that a frame states, and decompresses without a limit.
 * So the blocks are measured first: none holds more than 128 KiB, so their number bounds the output and the window that is needed.
 * Throws an `Error` if the frame is malformed or larger than the caller allows.
 */
import { decompress } from 'fzstd';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MOST_BLOCK_BYTES = 128 * 1024;
/** The smallest window that a frame can state. Each frame counts for at least as much, so that many empty frames are refused, too. */
const SMALLEST_WINDOW = 1024;
const BLOCK_HEADER_BYTES = 3;

export const unzstd = (compressed: Buffer, mostBytes: number): Buffer => {
  // A copy, because the stated windows are reduced in it.
  const input = Buffer.from(compressed);
  let bound = 0;
  for (let at = 0; at < input.length;) {
    const magic = input.readUInt32LE(at);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + input.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME_MAGIC) throw malformed();
    const frame = measureFrame(input, at + 4);
    bound += Math.max(frame.bound, SMALLEST_WINDOW);
    if (bound > mostBytes) throw new Error(`it may hold more than the allowed ${String(mostBytes)} bytes`);
    at = frame.end;
  }
  const output = decompress(input);
  return Buffer.from(output.buffer, output.byteOffset, output.byteLength);
};

type Frame = { readonly end: number; readonly bound: number };

const measureFrame = (input: Buffer, begin: number): Frame => {
  const descriptor = input.readUInt8(begin);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeCode = descriptor >>> 6;
  const contentSizeBytes = contentSizeCode > 0 ? 1 << contentSizeCode : isSingleSegment ? 1 : 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const windowAt = begin + 1;
  const contentSizeAt = windowAt + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const blocks = measureBlocks(input, contentSizeAt + contentSizeBytes);
  const stated = contentSizeBytes === 0 ? 0 : contentSize(input, contentSizeAt, contentSizeBytes);
  if (stated > blocks.bound)
    throw new Error(`it states ${String(stated)} bytes, more than its blocks can hold`);
  if (!isSingleSegment) narrowWindow(input, windowAt, blocks.bound);
  const checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
  return { bound: blocks.bound, end: blocks.end + checksumBytes };
};

const contentSize = (input: Buffer, at: number, bytes: number): number =>
  bytes === 8 ? Number(input.readBigUInt64LE(at)) : input.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);

/** Types of a block; 0 is an uncompressed block. */
const REPEATED_BYTE = 1;
const COMPRESSED = 2;
const RESERVED = 3;

const measureBlocks = (input: Buffer, begin: number): Frame => {
  let bound = 0;
  for (let at = begin; ;) {
    const header = input.readUIntLE(at, BLOCK_HEADER_BYTES);
    const [isLast, type, size] = [(header & 1) === 1, (header >>> 1) & 3, header >>> 3];
    if (size > MOST_BLOCK_BYTES) throw malformed();
    if (type === RESERVED) throw malformed();
    bound += type === COMPRESSED ? MOST_BLOCK_BYTES : size;
    at += BLOCK_HEADER_BYTES + (type === REPEATED_BYTE ? 1 : size);
    if (at > input.length) throw new Error('a zstd block is cut off');
    if (isLast) return { end: at, bound };
  }
};

/** No match reaches back further than the output, so a window as large as the output is enough. */
const narrowWindow = (input: Buffer, at: number, bound: number): void => {
  const needed = Math.max(bound, SMALLEST_WINDOW);
  const exponent = Math.ceil(Math.log2(needed)) - 10;
  input[at] = Math.min(input.readUInt8(at), exponent << 3);
};

const malformed = (): Error => new Error('malformed zstd');

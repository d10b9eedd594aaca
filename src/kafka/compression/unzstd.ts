/**
 * Reads Zstandard with fzstd, frame by frame and block by block, and stops when the output exceeds the limit. The library allocates the
 * window that a frame states, and moves the whole window with each block. So frames are measured first: the window is reduced to what the
 * blocks can fill, and the bytes that would be moved are limited, too. Throws an `Error` if the input is malformed or larger than the
 * caller allows.
 */
import { Decompress } from 'fzstd';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 * 1024;
/** The smallest window that a frame can state. Each frame counts for at least as much, so that many empty frames are refused, too. */
const MIN_WINDOW_BYTES = 1024;
const BLOCK_HEADER_BYTES = 3;
/**
 * How many bytes may be moved for each byte of the limit. A limit of 64 MiB allows 8 GiB, which take about a second: 4,096 blocks with
 * zstd's default window of 2 MiB.
 */
const MOVES_PER_BYTE = 128;

export const unzstd = (compressed: Buffer, mostBytes: number): Buffer => {
  // A copy, because the stated windows are reduced in it.
  const input = Buffer.from(compressed);
  const output: Uint8Array[] = [];
  let [length, moved] = [0, 0];
  const take = (block: Uint8Array): void => {
    length += block.length;
    if (length > mostBytes) throw tooLarge(mostBytes);
    if (block.length > 0) output.push(block);
  };
  for (let at = 0; at < input.length;) {
    const magic = input.readUInt32LE(at);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + input.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== FRAME_MAGIC) throw malformed();
    const frame = measureFrame(input, at + 4, mostBytes);
    moved += frame.blocks * Math.max(frame.window, MIN_WINDOW_BYTES);
    if (moved > mostBytes * MOVES_PER_BYTE) throw tooLarge(mostBytes);
    new Decompress(take).push(input.subarray(at, frame.end), true);
    at = frame.end;
  }
  return Buffer.concat(output, length);
};

const tooLarge = (mostBytes: number): Error =>
  new Error(`it may hold more than the allowed ${String(mostBytes)} bytes`);

type Frame = { readonly end: number; readonly blocks: number; readonly window: number };

const measureFrame = (input: Buffer, begin: number, mostBytes: number): Frame => {
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
  if (stated > mostBytes) throw tooLarge(mostBytes);
  const window = isSingleSegment ? stated : narrowWindow(input, windowAt, Math.min(blocks.bound, mostBytes));
  const checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
  return { window, blocks: blocks.count, end: blocks.end + checksumBytes };
};

const contentSize = (input: Buffer, at: number, bytes: number): number =>
  bytes === 8 ? Number(input.readBigUInt64LE(at)) : input.readUIntLE(at, bytes) + (bytes === 2 ? 256 : 0);

/** Types of a block; 0 is an uncompressed block. */
const REPEATED_BYTE = 1;
const COMPRESSED = 2;
const RESERVED = 3;

type Blocks = {
  readonly end: number;
  readonly count: number;
  /** The largest number of bytes that the blocks can hold. */
  readonly bound: number;
};

const measureBlocks = (input: Buffer, begin: number): Blocks => {
  let [bound, count] = [0, 0];
  for (let at = begin; ;) {
    const header = input.readUIntLE(at, BLOCK_HEADER_BYTES);
    const [isLast, type, size] = [(header & 1) === 1, (header >>> 1) & 3, header >>> 3];
    if (size > MAX_BLOCK_BYTES) throw malformed();
    if (type === RESERVED) throw malformed();
    count += 1;
    bound += type === COMPRESSED ? MAX_BLOCK_BYTES : size;
    at += BLOCK_HEADER_BYTES + (type === REPEATED_BYTE ? 1 : size);
    if (at > input.length) throw new Error('a zstd block is cut off');
    if (isLast) return { end: at, count, bound };
  }
};

/** No match reaches back further than the output, so a window as large as the output is enough. Returns the window's bytes. */
const narrowWindow = (input: Buffer, at: number, bound: number): number => {
  const needed = Math.max(bound, MIN_WINDOW_BYTES);
  const exponent = Math.ceil(Math.log2(needed)) - 10;
  const stated = input.readUInt8(at);
  const narrowed = Math.min(stated, exponent << 3);
  input[at] = narrowed;
  const power = 2 ** (10 + (narrowed >>> 3));
  return power + (power / 8) * (narrowed & 7);
};

const malformed = (): Error => new Error('malformed zstd');

/**
 * Decompresses Zstandard (RFC 8878) with fzstd, and stops when the output exceeds the limit.
 *
 * fzstd trusts the window size that a frame states: it allocates that much memory, and copies the whole window for each block. So a tiny
 * input could cost gigabytes. Therefore each frame is measured before fzstd reads it. Its window is shrunk to what its blocks can fill, and
 * the input is refused if its blocks would copy too many bytes.
 *
 * Throws an `Error` if the input is malformed, or if its output may exceed the limit.
 */
import { Decompress } from 'fzstd';

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const MAX_BLOCK_BYTES = 128 * 1024;
/** The smallest window that a frame can state. Each frame counts for at least as much, so that many empty frames are refused, too. */
const MIN_WINDOW_BYTES = 1024;
/** The magic number and the size of a skippable frame. */
const SKIPPABLE_HEADER_BYTES = 8;
const BLOCK_HEADER_BYTES = 3;
/**
 * How many bytes fzstd may copy for each byte of the limit. A limit of 64 MiB allows 8 GiB, which take about a second: 4,096 blocks with
 * zstd's default window of 2 MiB.
 */
const MAX_COPIED_PER_BYTE = 128;

export const unzstd = (compressed: Buffer, mostBytes: number): Buffer => {
  // A copy, because `shrinkWindow` writes to it.
  const input = Buffer.from(compressed);
  const output: Uint8Array[] = [];
  let [length, copied] = [0, 0];
  const take = (block: Uint8Array): void => {
    length += block.length;
    if (length > mostBytes) throw tooLarge(mostBytes);
    if (block.length > 0) output.push(block);
  };
  for (let at = 0; at < input.length;) {
    const magic = input.readUInt32LE(at);
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += SKIPPABLE_HEADER_BYTES + input.readUInt32LE(at + 4);
      if (at > input.length) throw new Error('a skippable zstd frame is cut off');
      continue;
    }
    if (magic !== FRAME_MAGIC) throw malformed('what follows is no frame');
    const frame = measureFrame(input, at + 4);
    if (frame.contentSize > mostBytes) throw tooLarge(mostBytes);
    const window =
      frame.windowAt === null
        ? frame.contentSize
        : shrinkWindow(input, frame.windowAt, Math.min(frame.blocks.bound, mostBytes));
    copied += frame.blocks.count * Math.max(window, MIN_WINDOW_BYTES);
    if (copied > mostBytes * MAX_COPIED_PER_BYTE) throw tooLarge(mostBytes);
    new Decompress(take).push(input.subarray(at, frame.end), true);
    at = frame.end;
  }
  return Buffer.concat(output, length);
};

const tooLarge = (mostBytes: number): Error =>
  new Error(`it may hold more than the allowed ${String(mostBytes)} bytes`);

type Frame = {
  readonly end: number;
  readonly blocks: Blocks;
  /** As the frame states it, in bytes; 0 if it states none. */
  readonly contentSize: number;
  /** Where the frame states its window; null: the window is as large as the content. */
  readonly windowAt: number | null;
};

/** Reads the frame header (RFC 8878, section 3.1.1.1), whose first byte says which fields follow, and finds the end of the frame. */
const measureFrame = (input: Buffer, begin: number): Frame => {
  const descriptor = input.readUInt8(begin);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeCode = descriptor >>> 6;
  const contentSizeBytes = contentSizeCode > 0 ? 1 << contentSizeCode : isSingleSegment ? 1 : 0;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const windowAt = begin + 1;
  const contentSizeAt = windowAt + (isSingleSegment ? 0 : 1) + dictionaryBytes;
  const blocks = measureBlocks(input, contentSizeAt + contentSizeBytes);
  const contentSize = contentSizeBytes === 0 ? 0 : readContentSize(input, contentSizeAt, contentSizeBytes);
  if (contentSize > blocks.bound)
    throw new Error(`it states ${String(contentSize)} bytes, more than its blocks can hold`);
  const checksumBytes = (descriptor & 4) === 0 ? 0 : 4;
  return {
    blocks,
    contentSize,
    windowAt: isSingleSegment ? null : windowAt,
    end: blocks.end + checksumBytes,
  };
};

const readContentSize = (input: Buffer, at: number, bytes: number): number =>
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
    if (size > MAX_BLOCK_BYTES) throw malformed('a block is too large');
    if (type === RESERVED) throw malformed('a block has no known type');
    count += 1;
    bound += type === COMPRESSED ? MAX_BLOCK_BYTES : size;
    at += BLOCK_HEADER_BYTES + (type === REPEATED_BYTE ? 1 : size);
    if (at > input.length) throw new Error('a zstd block is cut off');
    if (isLast) return { end: at, count, bound };
  }
};

/**
 * Overwrites the window size that the frame states. No match reaches back further than the output, so a window as large as the output is
 * enough. Returns the new size in bytes.
 */
const shrinkWindow = (input: Buffer, at: number, bound: number): number => {
  const needed = Math.max(bound, MIN_WINDOW_BYTES);
  const exponent = Math.ceil(Math.log2(needed)) - 10;
  const stated = input.readUInt8(at);
  const shrunk = Math.min(stated, exponent << 3);
  input[at] = shrunk;
  const power = 2 ** (10 + (shrunk >>> 3));
  return power + (power / 8) * (shrunk & 7);
};

const malformed = (problem: string): Error => new Error(`malformed zstd: ${problem}`);

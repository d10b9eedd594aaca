/**
 * Snappy, as a raw block and in the frames that Java puts around blocks. The output is never larger than what the caller allows:
 * a block states its length first, and five bytes can state a gigabyte. Throws an `Error` for anything malformed.
 */
import { uncompress } from 'snappyjs';

/** Java's frames: magic, two versions, then blocks of a length and that many bytes. librdkafka writes raw blocks. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export const unsnappy = (compressed: Buffer, mostBytes: number): Buffer => {
  if (!compressed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC))
    return uncompress(compressed, mostBytes);
  const blocks: Buffer[] = [];
  let left = mostBytes;
  for (let at = XERIAL_HEADER_BYTES; at < compressed.length;) {
    const length = compressed.readUInt32BE(at);
    const end = at + 4 + length;
    if (end > compressed.length) throw new Error('a snappy block is cut off');
    const block = uncompress(compressed.subarray(at + 4, end), left);
    left -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
};

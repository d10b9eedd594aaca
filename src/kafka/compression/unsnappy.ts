/**
 * Snappy, as a raw block and in the frames that Java puts around blocks. The output is never larger than what the caller allows:
 * a block states its length first, and five bytes can state a gigabyte. Throws an `Error` for anything malformed.
 */

/** Java's frames: magic, two versions, then blocks of a length and that many bytes. librdkafka writes raw blocks. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

export const unsnappy = (compressed: Buffer, mostBytes: number): Buffer => {
  if (!compressed.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC))
    return unsnappyBlock(compressed, mostBytes);
  const blocks: Buffer[] = [];
  let left = mostBytes;
  for (let at = XERIAL_HEADER_BYTES; at < compressed.length;) {
    const length = compressed.readUInt32BE(at);
    const end = at + 4 + length;
    if (end > compressed.length) throw new Error('a snappy block is cut off');
    const block = unsnappyBlock(compressed.subarray(at + 4, end), left);
    left -= block.length;
    blocks.push(block);
    at = end;
  }
  return Buffer.concat(blocks);
};

const LITERAL = 0;
const COPY_WITH_ONE_BYTE = 1;
/** Longer literals state their length in the one to four bytes that follow. */
const LONGEST_SHORT_LITERAL = 60;

const unsnappyBlock = (input: Buffer, mostBytes: number): Buffer => {
  const { length, begin } = statedLength(input);
  if (length > mostBytes)
    throw new Error(`it states ${String(length)} bytes, more than the allowed ${String(mostBytes)}`);
  const output = Buffer.allocUnsafe(length);
  let [from, to] = [begin, 0];
  while (from < input.length) {
    const tag = input[from++] as number;
    if ((tag & 3) === LITERAL) {
      let size = (tag >>> 2) + 1;
      if (size > LONGEST_SHORT_LITERAL) {
        const bytes = size - LONGEST_SHORT_LITERAL;
        size = input.readUIntLE(from, bytes) + 1;
        from += bytes;
      }
      if (from + size > input.length || to + size > length) throw malformed();
      input.copy(output, to, from, from + size);
      from += size;
      to += size;
    } else {
      const isShort = (tag & 3) === COPY_WITH_ONE_BYTE;
      const size = isShort ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
      const bytes = 1 << ((tag & 3) - 1);
      const back = input.readUIntLE(from, bytes) + (isShort ? (tag >>> 5) << 8 : 0);
      from += bytes;
      if (back === 0 || back > to || to + size > length) throw malformed();
      for (const end = to + size; to < end; to++) output[to] = output[to - back] as number;
    }
  }
  if (to !== length) throw malformed();
  return output;
};

/** Seven bits a byte, 32 bits at most. */
const statedLength = (input: Buffer): { readonly length: number; readonly begin: number } => {
  let length = 0;
  for (let at = 0; at < 5; at++) {
    const byte = input.readUInt8(at);
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { length, begin: at + 1 };
  }
  throw malformed();
};

const malformed = (): Error => new Error('malformed snappy');

/** Bytes that are appended to, up to a limit; beyond it, an `Error`. Memory grows with what is there, not with what was stated. */
export type GrowingBytes = {
  length(): number;
  append(from: Buffer, begin: number, end: number): void;
  /** Appends so many bytes of those that stand `back` bytes before the end, the appended ones included. */
  repeat(back: number, count: number): void;
  bytes(): Buffer;
};

const FIRST_BYTES = 64 * 1024;

export const growingBytes = (mostBytes: number): GrowingBytes => {
  let buffer = Buffer.allocUnsafe(Math.min(FIRST_BYTES, mostBytes));
  let length = 0;

  const makeRoom = (count: number): void => {
    const needed = length + count;
    if (needed > mostBytes) throw new Error(`it holds more than the allowed ${String(mostBytes)} bytes`);
    if (needed <= buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(needed, 2 * buffer.length), mostBytes));
    buffer.copy(larger, 0, 0, length);
    buffer = larger;
  };

  return {
    length: () => length,
    append: (from, begin, end) => {
      makeRoom(end - begin);
      length += from.copy(buffer, length, begin, end);
    },
    repeat: (back, count) => {
      makeRoom(count);
      // What can be copied doubles each time, so a long run of one byte takes a few copies.
      const begin = length - back;
      for (let left = count; left > 0;) {
        const size = Math.min(left, length - begin);
        buffer.copyWithin(length, begin, begin + size);
        length += size;
        left -= size;
      }
    },
    bytes: () => buffer.subarray(0, length),
  };
};

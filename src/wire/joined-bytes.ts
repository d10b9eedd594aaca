/**
 * Returns a function that joins bytes. Its result is valid until its next call, which reuses the memory: a new buffer for each call would
 * take longer than joining, and burdens the garbage collector.
 */
export const createJoin = (): ((parts: readonly Buffer[]) => Buffer) => {
  let room = Buffer.allocUnsafeSlow(FIRST_BYTES);
  return (parts) => {
    let end = 0;
    for (const part of parts) {
      if (end + part.length > room.length)
        room = Buffer.concat([room.subarray(0, end)], 2 * (end + part.length));
      room.set(part, end);
      end += part.length;
    }
    return room.subarray(0, end);
  };
};

const FIRST_BYTES = 16 * 1024;

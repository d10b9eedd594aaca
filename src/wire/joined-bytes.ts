const INITIAL_BYTES = 16 * 1024;

/**
 * Returns a function that joins bytes. Each result is valid until the next call, which reuses the memory: to allocate a buffer for each
 * call takes longer than joining.
 */
export const createJoin = (): ((parts: readonly Buffer[]) => Buffer) => {
  let room = Buffer.allocUnsafeSlow(INITIAL_BYTES);
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

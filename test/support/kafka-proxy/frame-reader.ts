const LENGTH_BYTES = 4;

/** Cuts a stream into Kafka's frames: four bytes of length, and that many more. A frame comes out whole, length included. */
export const createFrameReader = (): ((chunk: Buffer) => readonly Buffer[]) => {
  let chunks: Buffer[] = [];
  let buffered = 0;
  let needed = LENGTH_BYTES;
  return (chunk) => {
    chunks.push(chunk);
    buffered += chunk.length;
    const frames: Buffer[] = [];
    while (buffered >= needed) {
      const bytes = Buffer.concat(chunks);
      const size = LENGTH_BYTES + bytes.readInt32BE(0);
      needed = size;
      chunks = [bytes];
      if (buffered < size) break;
      frames.push(bytes.subarray(0, size));
      chunks = [bytes.subarray(size)];
      buffered -= size;
      needed = LENGTH_BYTES;
    }
    return frames;
  };
};

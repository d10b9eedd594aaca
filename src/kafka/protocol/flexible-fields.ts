/**
 * The fields of Kafka's flexible requests and answers (KIP-482). A length is an unsigned varint, one more than the real length. Each
 * structure ends with tagged fields; this program writes none and skips all.
 */
export type FlexibleReader = {
  int16(): number;
  int32(): number;
  /** As a number: offsets, producer ids and times stay far below 2^53. */
  int64(): number;
  boolean(): boolean;
  bytes(length: number): Buffer;
  string(): string | null;
  /** Empty if the array is null. */
  array<T>(read: () => T): readonly T[];
  /** Skips the tagged fields, which end a structure. */
  tags(): void;
  /** Reads the tagged fields, which end a structure: their bytes, by tag. */
  tagged(): ReadonlyMap<number, Buffer>;
};

/** @param buffer an answer without its correlation id. The header's tagged fields come first and are skipped here. */
export const readAnswer = (buffer: Buffer): FlexibleReader => {
  const reader = readFields(buffer);
  reader.tags();
  return reader;
};

/** Throws a `RangeError` if the buffer ends before a field does. */
export const readFields = (buffer: Buffer): FlexibleReader => {
  let at = 0;
  const take = (length: number): Buffer => {
    const start = at;
    at += length;
    if (at > buffer.length)
      throw new RangeError(`a field ends at ${String(at)}, beyond ${String(buffer.length)} bytes`);
    return buffer.subarray(start, at);
  };
  const readVarint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = take(1).readUInt8();
      // `<<` would make the value negative from the 32nd bit on.
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const readTagged = (): ReadonlyMap<number, Buffer> => {
    const fields = new Map<number, Buffer>();
    for (let tagsLeft = readVarint(); tagsLeft > 0; tagsLeft -= 1) {
      const tag = readVarint();
      fields.set(tag, take(readVarint()));
    }
    return fields;
  };
  return {
    int16: () => take(2).readInt16BE(),
    int32: () => take(4).readInt32BE(),
    int64: () => Number(take(8).readBigInt64BE()),
    boolean: () => take(1).readUInt8() !== 0,
    bytes: take,
    string: () => {
      const length = readVarint() - 1;
      return length < 0 ? null : take(length).toString('utf8');
    },
    array: (read) => Array.from({ length: Math.max(0, readVarint() - 1) }, () => read()),
    tags: () => {
      readTagged();
    },
    tagged: readTagged,
  };
};

const varintBytes = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return Buffer.from([...bytes, rest]);
};

export const string = (value: string): Buffer =>
  Buffer.concat([varintBytes(Buffer.byteLength(value) + 1), Buffer.from(value)]);

export const array = (elements: readonly Buffer[]): Buffer =>
  Buffer.concat([varintBytes(elements.length + 1), ...elements]);

export const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};

export const int64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return buffer;
};

/** The end of a structure, and of the header before a request. */
export const NO_TAGS = Buffer.from([0]);

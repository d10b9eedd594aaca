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
  array<T>(read: () => T): readonly T[];
  /** Skips the tagged fields, which end a structure. */
  tags(): void;
  /** Reads the tagged fields instead: their bytes, by tag. */
  tagged(): ReadonlyMap<number, Buffer>;
};

/** @param buffer an answer without its correlation id. The header's tagged fields come first and are skipped here. */
export const readAnswer = (buffer: Buffer): FlexibleReader => {
  const reader = readFields(buffer);
  reader.tags();
  return reader;
};

export const readFields = (buffer: Buffer): FlexibleReader => {
  let at = 0;
  const advance = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = buffer.readUInt8(advance(1));
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  const reader: FlexibleReader = {
    int16: () => buffer.readInt16BE(advance(2)),
    int32: () => buffer.readInt32BE(advance(4)),
    int64: () => Number(buffer.readBigInt64BE(advance(8))),
    boolean: () => buffer.readUInt8(advance(1)) !== 0,
    bytes: (length) => buffer.subarray(advance(length), at),
    string: () => {
      const length = varint() - 1;
      return length < 0 ? null : buffer.toString('utf8', advance(length), at);
    },
    array: (read) => Array.from({ length: Math.max(0, varint() - 1) }, read),
    tags: () => void reader.tagged(),
    tagged: () => {
      const fields = new Map<number, Buffer>();
      for (let tagsLeft = varint(); tagsLeft > 0; tagsLeft -= 1) {
        const tag = varint();
        fields.set(tag, reader.bytes(varint()));
      }
      return fields;
    },
  };
  return reader;
};

const varint = (value: number): Buffer => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
};

export const string = (value: string): Buffer =>
  Buffer.concat([varint(Buffer.byteLength(value) + 1), Buffer.from(value)]);

export const array = (elements: readonly Buffer[]): Buffer =>
  Buffer.concat([varint(elements.length + 1), ...elements]);

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

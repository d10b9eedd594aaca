import { sql, type BinarySqlToken } from 'slonik';
import { MAX_BYTES_PER_UNIT, writeText } from '../wire/text-bytes.ts';

// Arrays in Postgres's binary format, each as one parameter. Nothing needs escaping or parsing.
// Measured with 2,500 members of seven columns and with 1,000 bodies of 1 KB, to encode and decode: 4.1 ms and 1.6 ms. Array literals took
// 4.1 ms and 15 ms, JSON 8.1 ms and 14 ms.

export const textArray = (values: readonly (string | null)[]): BinarySqlToken => {
  let most = 0;
  for (const value of values) most += value === null ? 0 : MAX_BYTES_PER_UNIT * value.length;
  return arrayOf(TEXT, values, most, writeText);
};

export const bigintArray = (values: readonly (number | null)[]): BinarySqlToken =>
  arrayOf(INT8, values, 8 * values.length, writeBigint);

export const integerArray = (values: readonly (number | null)[]): BinarySqlToken =>
  arrayOf(INT4, values, 4 * values.length, (bytes, at, value) => {
    bytes.writeInt32BE(value, at);
    return 4;
  });

export const byteaArray = (values: readonly (Buffer | null)[]): BinarySqlToken => {
  let length = 0;
  for (const value of values) length += value === null ? 0 : value.length;
  return arrayOf(BYTEA, values, length, (bytes, at, value) => {
    bytes.set(value, at);
    return value.length;
  });
};

const BYTEA = 17;
const INT8 = 20;
const INT4 = 23;
const TEXT = 25;
const HEADER_BYTES = 20;

/**
 * Layout: the number of dimensions, "has nulls", the element type; the length and the lowest index of the one dimension; the elements.
 *
 * @param most at least the bytes of all elements, without their lengths
 * @param write returns the number of bytes
 */
const arrayOf = <T>(
  elementType: number,
  values: readonly (T | null)[],
  most: number,
  write: (bytes: Buffer, at: number, value: T) => number,
): BinarySqlToken => {
  const bytes = Buffer.allocUnsafe(HEADER_BYTES + 4 * values.length + most);
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(1, 4);
  bytes.writeInt32BE(elementType, 8);
  bytes.writeInt32BE(values.length, 12);
  bytes.writeInt32BE(1, 16);
  let at = HEADER_BYTES;
  for (const value of values) {
    const size = value === null ? -1 : write(bytes, at + 4, value);
    bytes.writeInt32BE(size, at);
    at += 4 + Math.max(size, 0);
  }
  return sql.binary(bytes.subarray(0, at));
};

/** Without BigInt: `writeBigInt64BE` takes three times as long. */
const writeBigint = (bytes: Buffer, at: number, value: number): number => {
  const high = Math.floor(value / 2 ** 32);
  bytes.writeInt32BE(high, at);
  bytes.writeUInt32BE(value - high * 2 ** 32, at + 4);
  return 8;
};

/**
 * Avro's longs as safe integers, exact up to ±(2^53 − 1). avsc's own reader and writer work on the zigzag form, twice as
 * large, in floating point: they refuse 2^53 − 1, and below −2^52 they silently turn −n into n − 1.
 */

/** The position of a read or write. avsc's tap has this shape. */
export type Cursor = { readonly buf: Buffer; pos: number };

/** A long that is no safe integer, or bytes that are no long at all. */
export class LongOutOfRange extends RangeError {
  override readonly name = 'LongOutOfRange';
}

/** The longest encoding of a long. */
export const MAX_LONG_BYTES = 10;

/** Throws `LongOutOfRange`. Past the end of the buffer it reads zeros: the caller compares `pos` with the length. */
export const readLong = (cursor: Cursor): number => {
  const { buf } = cursor;
  let byte = buf[cursor.pos++] ?? 0;
  const negative = byte & 1;
  let magnitude = (byte & 0x7f) >> 1;
  if (byte < 0x80) return negative === 0 ? magnitude : -magnitude - 1;

  const last = cursor.pos + MAX_LONG_BYTES - 1;
  let weight = 64;
  do {
    if (cursor.pos === last) throw new LongOutOfRange('a long of more than ten bytes');
    byte = buf[cursor.pos++] ?? 0;
    magnitude += (byte & 0x7f) * weight;
    weight *= 128;
  } while (byte >= 0x80);
  if (magnitude > Number.MAX_SAFE_INTEGER - negative) throw new LongOutOfRange('a long beyond ±(2^53−1)');
  return negative === 0 ? magnitude : -magnitude - 1;
};

/** `value` must be a safe integer. Bytes past the end of the buffer are dropped, but counted in `pos`, as in avsc. */
export const writeLong = (cursor: Cursor, value: number): void => {
  const { buf } = cursor;
  // Nearly all values are lengths, counts and indexes of one byte.
  if (value >= -64 && value < 64) {
    buf[cursor.pos++] = (value << 1) ^ (value >> 31);
    return;
  }
  const negative = value < 0 ? 1 : 0;
  const magnitude = negative === 1 ? -(value + 1) : value;
  let rest = Math.floor(magnitude / 64);
  let byte = ((magnitude % 64) << 1) | negative;
  while (rest > 0) {
    buf[cursor.pos++] = byte | 0x80;
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  buf[cursor.pos++] = byte;
};

import { MAX_BYTES_PER_UNIT } from '../wire/text-bytes.ts';
import type { Cursor } from './long.ts';

/** Texts of fewer UTF-16 units than this are written unit by unit, which is faster than a call of `Buffer.write`. */
const SHORT = 64;
/** The longest text whose length is a long of two bytes. */
const MAX_TEXT_BYTES = 8191;

/** Writes the length of a text and the text. False: the text does not suit this fast way, and avsc must write it. */
export const tryWriteLengthAndText = (cursor: Cursor, text: string): boolean => {
  const { buf, pos } = cursor;
  const { length } = text;
  if (pos + 2 + MAX_BYTES_PER_UNIT * length > buf.length) return false;
  if (length < SHORT) {
    for (let at = 0; at < length; at += 1) {
      const unit = text.charCodeAt(at);
      if (unit >= 0x80) return false;
      buf[pos + 1 + at] = unit;
    }
    buf[pos] = length << 1;
    cursor.pos = pos + 1 + length;
    return true;
  }
  const bytes = buf.write(text, pos + 2);
  if (bytes > MAX_TEXT_BYTES) return false;
  buf[pos] = ((bytes << 1) & 0x7f) | 0x80;
  buf[pos + 1] = bytes >> 6;
  cursor.pos = pos + 2 + bytes;
  return true;
};

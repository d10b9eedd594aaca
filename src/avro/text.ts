import type { Cursor } from './long.ts';

/** Whole texts of fewer units than this are written unit by unit, which is quicker than a call for so few. */
const SHORT = 64;
/** What the two bytes of a long can hold. */
const LONGEST = 8191;
const MOST_BYTES_PER_UNIT = 3;

/** Writes a text with its length before it. False: nothing was written, since it is none of those that this is quicker for. */
export const writeText = (cursor: Cursor, text: string): boolean => {
  const { buf, pos } = cursor;
  const { length } = text;
  if (pos + 2 + MOST_BYTES_PER_UNIT * length > buf.length) return false;
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
  if (bytes > LONGEST) return false;
  buf[pos] = ((bytes << 1) & 0x7f) | 0x80;
  buf[pos + 1] = bytes >> 6;
  cursor.pos = pos + 2 + bytes;
  return true;
};

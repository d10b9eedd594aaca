import { isUtf8 } from 'node:buffer';

const ESCAPE = 0xdc00;

/**
 * Converts a header's name to text and back, byte for byte. If a name is not UTF-8, its bytes beyond ASCII become lone surrogates, U+DC80
 * to U+DCFF, to which no valid UTF-8 decodes. This is Python's `surrogateescape` (PEP 383).
 */
export const nameOfBytes = (bytes: Buffer): string =>
  isUtf8(bytes)
    ? bytes.toString('utf8')
    : Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : ESCAPE + byte)).join('');

const LONE_SURROGATE = /[\u{DC80}-\u{DCFF}]/u;

export const bytesOfName = (name: string): Buffer | string =>
  LONE_SURROGATE.test(name)
    ? Buffer.from(Array.from(name, (character) => character.charCodeAt(0) & 0xff))
    : name;

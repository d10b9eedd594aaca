import { count } from '../../domain/words/count.ts';

const WIDTH = 16;

/** Writes bytes for people: position, hexadecimal digits and ASCII characters. */
export const hexDump = (bytes: Buffer, most: number): string => {
  const shown = bytes.subarray(0, most);
  const lines = Array.from({ length: Math.ceil(shown.length / WIDTH) }, (_, line) => {
    const part = shown.subarray(line * WIDTH, (line + 1) * WIDTH);
    const digits = [...part].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const ascii = [...part].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'));
    return `${(line * WIDTH).toString(16).padStart(6, '0')}  ${digits.padEnd(3 * WIDTH - 1)}  ${ascii.join('')}`;
  });
  const rest = bytes.length - shown.length;
  return [
    ...lines,
    ...(rest > 0 ? [`… ${count(rest, 'byte')} more; --full shows ${rest === 1 ? 'it' : 'them'}`] : []),
  ].join('\n');
};

/**
 * Texts contain colors as marks with a random key. The marks become terminal escapes when the text is written. So an escape in a text from
 * outside never becomes a color.
 */
import { randomUUID } from 'node:crypto';

type Color = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

export type Colors = Readonly<Record<Color, (text: string) => string>>;

const KEY = randomUUID();
const MARK = new RegExp(`${KEY}(\\d+)m`, 'g');

const colored =
  (begin: number, end: number) =>
  (text: string): string =>
    `${KEY}${String(begin)}m${text}${KEY}${String(end)}m`;

const plain = (text: string): string => text;

export const NO_COLORS: Colors = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain };

export const COLORS: Colors = {
  bold: colored(1, 22),
  dim: colored(2, 22),
  red: colored(31, 39),
  green: colored(32, 39),
  yellow: colored(33, 39),
};

/** Replaces the marks by terminal escapes, or removes them. */
export const withMarksAs = (shown: 'colors' | 'nothing', text: string): string =>
  text.includes(KEY) ? text.replace(MARK, shown === 'colors' ? '\u001b[$1m' : '') : text;

import { isPlainAscii } from './plain-ascii.ts';

const SEPARATORS_AND_DIRECTIONS = '\\u2028\\u2029\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069';
const UNSAFE = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f${SEPARATORS_AND_DIRECTIONS}]`, 'g');

/**
 * Escapes every character that a terminal or a viewer may obey, for example as `\u001b`: the control characters (C0, C1 and DEL) except line
 * feeds and tabs, line and paragraph separators, and marks that change the direction of writing. In JSON, the escapes mean the same text.
 */
export const visibleText = (text: string): string =>
  isPlainAscii(text) ? text : text.replace(UNSAFE, escaped);

/** Makes a text safe to print in one line: people write texts, which must not move the cursor, color the screen or begin a line. */
export const oneLine = (text: string): string => visibleText(text.replace(/[\p{Cc}\u2028\u2029]/gu, ' '));

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

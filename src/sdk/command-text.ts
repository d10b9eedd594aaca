import type { RunCloseRequested } from '../domain/records.ts';
import { failureOf, wrongUse } from '../processor/failure.ts';
import type { CommandReader } from './command-input.ts';

/**
 * Reads the commands in a text: one JSON object, a JSON array of objects, or one object a line (NDJSON). Throws `WRONG_USE`, which names
 * the line or the place in the array.
 */
export const readCommandText = (text: string, read: CommandReader): readonly RunCloseRequested[] => {
  const inputs = inputsOf(text.replace(/^\uFEFF/, ''));
  if (inputs.length === 0) throw wrongUse('the text contains no command');
  return inputs.map(({ where, value }) => {
    try {
      return read(value);
    } catch (error) {
      throw wrongUse(where + failureOf(error).message, { cause: error });
    }
  });
};

/** `where` ends in ": " or is empty. */
type Input = { readonly where: string; readonly value: unknown };

const inputsOf = (text: string): readonly Input[] => {
  const lines = text.split('\n').flatMap((line, i) => (line.trim() === '' ? [] : [{ number: i + 1, line }]));
  const isOneALine = lines.length > 1 && isJson(lines[0]?.line ?? '');
  if (isOneALine)
    return lines.map(({ number, line }) => ({
      where: `line ${number}: `,
      value: parse(line, `line ${number}`),
    }));
  if (lines.length === 0) return [];
  const value = parse(text, 'the text');
  return Array.isArray(value)
    ? value.map((item: unknown, i) => ({ where: `command ${i + 1}: `, value: item }))
    : [{ where: '', value }];
};

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const parse = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    // Leave out the parser's error as the cause: it quotes the text.
    throw wrongUse(`${what} is not JSON: ${whyNotJson(error, text)}`);
  }
};

/** The parser's reason without its quotation of the text, which may contain names and terminal escapes. */
const whyNotJson = (error: unknown, text: string): string => {
  const message = error instanceof Error ? error.message : '';
  const [, position] = /at position (\d+)/.exec(message) ?? [];
  const reason = message
    .replace(/, "[^]*$|, \.\.\."[^]*$/, '')
    .replace(/ in JSON at position[^]*$/, '')
    .replace(/ after JSON at position[^]*$/, ' after its end')
    .replace(/\s/g, ' ');
  const where = position === undefined ? '' : ` at ${placeIn(text, Number(position))}`;
  return `${reason.charAt(0).toLowerCase()}${reason.slice(1)}${where}`;
};

const placeIn = (text: string, position: number): string => {
  const before = text.slice(0, position).split('\n');
  const column = `column ${(before.at(-1) ?? '').length + 1}`;
  return text.includes('\n') ? `line ${before.length}, ${column}` : column;
};

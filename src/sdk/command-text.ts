import type { RunCloseRequested } from '../domain/records.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import type { CommandReader } from './command-input.ts';

/**
 * The commands in a text: one JSON object, a JSON array of objects, or one object a line (NDJSON). Throws `WRONG_USE`, naming the
 * line or the place in the array.
 */
export const readCommandText = (text: string, read: CommandReader): readonly RunCloseRequested[] => {
  const inputs = inputsOf(text.replace(/^\uFEFF/, ''));
  if (inputs.length === 0) throw wrongUse('there is no command in it');
  return inputs.map(({ where, value }) => {
    try {
      return read(value);
    } catch (error) {
      throw wrongUse(where + failureOf(error).message, error);
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
    throw wrongUse(`${what} is not JSON: ${error instanceof Error ? error.message : ''}`, error);
  }
};

const wrongUse = (message: string, cause?: unknown): Failure =>
  new Failure('fatal', 'WRONG_USE', message, { cause });

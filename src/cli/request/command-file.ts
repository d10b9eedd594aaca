import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { fileTrouble } from '../../avro/file-trouble.ts';
import type { RunCloseRequested } from '../../domain/records.ts';
import { createCommandReader } from '../../sdk/command-input.ts';
import { readCommandText } from '../../sdk/command-text.ts';
import type { CommandContext } from '../frame/cli.ts';
import { wrongUse } from '../frame/exit-codes.ts';

/** The commands of a file, or of stdin for `-`: one JSON object, an array, or an object a line. What is wrong is wrong use. */
export const readCommands = async (
  { stdin }: Pick<CommandContext, 'stdin'>,
  file: string,
): Promise<readonly RunCloseRequested[]> =>
  readCommandText(await contentOf(stdin, file), createCommandReader());

const contentOf = async (stdin: NodeJS.ReadableStream, file: string): Promise<string> => {
  if (file === '-') return text(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrongUse(`the file ${file} cannot be read: ${fileTrouble(error)}`);
  }
};

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageWithoutPath } from '../../avro/message-without-path.ts';
import type { RunCloseRequested } from '../../domain/records.ts';
import { failureOf } from '../../processor/failure.ts';
import { createCommandReader } from '../../sdk/command-input.ts';
import { readCommandText } from '../../sdk/command-text.ts';
import type { CommandContext } from '../frame/cli.ts';
import { wrongUse } from '../../operations/refusals.ts';

/**
 * Reads the commands of a file, or of stdin for `-`: one JSON object, an array, or one object a line. Throws `WRONG_USE` for every fault.
 */
export const readCommands = async (
  { stdin }: Pick<CommandContext, 'stdin'>,
  file: string,
): Promise<readonly RunCloseRequested[]> => {
  const content = await contentOf(stdin, file);
  try {
    return readCommandText(content, createCommandReader());
  } catch (error) {
    throw wrongUse(`${file === '-' ? 'stdin' : file}: ${failureOf(error).message}`);
  }
};

/** The description of the file in `--help`. */
export const COMMAND_FILE_HELP =
  'commands in JSON: one object, an array, or one object a line, with the fields of run.close.requested; - is stdin';

const contentOf = async (stdin: NodeJS.ReadableStream, file: string): Promise<string> => {
  if (file === '-') return text(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrongUse(`the file ${file} cannot be read: ${messageWithoutPath(error)}`);
  }
};

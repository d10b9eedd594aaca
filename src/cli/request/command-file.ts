import type { RunCloseRequested } from '../../domain/records.ts';
import { readCommandFile } from '../../operations/request/command-file.ts';
import { createCommandReader } from '../../sdk/command-input.ts';
import { readCommandText } from '../../sdk/command-text.ts';
import type { CommandContext } from '../frame/cli.ts';

/** The description of the file in `--help`. */
export const COMMAND_FILE_HELP =
  'commands in JSON: one object, an array, or one object a line, with the fields of run.close.requested; - is stdin';

/** Reads the commands of a file, or of stdin for `-`. The SDK parses them, as for every publisher. */
export const readCommands = (
  { stdin }: Pick<CommandContext, 'stdin'>,
  file: string,
): Promise<readonly RunCloseRequested[]> =>
  readCommandFile(file, stdin, (content) => readCommandText(content, createCommandReader()));

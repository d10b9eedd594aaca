import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { messageWithoutPath } from '../../avro/message-without-path.ts';
import { failureOf, wrongUse } from '../../processor/failure.ts';

/** Reads and parses a file of commands, or stdin for `-`. Rejects with `WRONG_USE`, which names the file, for every fault. */
export const readCommandFile = async <T>(
  file: string,
  stdin: NodeJS.ReadableStream,
  parse: (content: string) => T,
): Promise<T> => {
  const content = file === '-' ? await text(stdin) : await contentOf(file);
  try {
    return parse(content);
  } catch (error) {
    throw wrongUse(`${file === '-' ? 'stdin' : file}: ${failureOf(error).message}`);
  }
};

const contentOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw wrongUse(`the file ${file} cannot be read: ${messageWithoutPath(error)}`);
  }
};

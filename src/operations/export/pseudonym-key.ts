import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileNotWritten } from '../../avro/history-file-writer.ts';
import { messageWithoutPath } from '../../avro/message-without-path.ts';
import { wrongUse } from '../../processor/failure.ts';
import { systemCode } from '../../processor/system-code.ts';

/** A shorter key could be found by trying all keys. */
const MIN_BYTES = 16;

/**
 * Reads the key of made-up ids. Anybody who has the key can identify people by trying known ids. Without a file, the key is random and not
 * kept, so nobody can identify people, and no other export has the same ids. A missing file is created with a random key.
 */
export const pseudonymKey = async (
  path: string | undefined,
  note: (message: string) => void,
): Promise<Buffer> => {
  const random = randomBytes(32);
  if (path === undefined) return random;
  const isMade = await writeFile(path, `${random.toString('hex')}\n`, { flag: 'wx', mode: 0o600 }).then(
    () => true,
    (error: unknown) => {
      if (systemCode(error) === 'EEXIST') return false;
      throw fileNotWritten(path, error);
    },
  );
  if (isMade)
    note(
      `${path} was created with a random key. Keep the file with the real data: anybody who has the key can find out who is who.`,
    );
  const key = await readFile(path).catch((error: unknown) => {
    throw wrongUse(`--pseudonym-key-file ${path} cannot be read: ${messageWithoutPath(error)}`);
  });
  // An editor adds a line feed after the last line.
  const text = key.at(-1) === LINE_FEED ? key.subarray(0, -1) : key;
  if (text.length < MIN_BYTES)
    throw wrongUse(
      `--pseudonym-key-file ${path} holds fewer than ${String(MIN_BYTES)} bytes, too few for a key: put a longer one in it, or name a new file`,
    );
  return text;
};

const LINE_FEED = 0x0a;

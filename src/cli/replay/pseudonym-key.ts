import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { fileNotWritten } from '../../avro/history-file-writer.ts';
import { wrongUse } from '../frame/exit-codes.ts';

/** Less could be found by trying. */
const LEAST_BYTES = 16;

/**
 * What made-up ids are keyed with. Whoever has the key can find out who is who by trying. Without a file the key is random and is
 * forgotten: nobody can, and no other export has the same ids. A file that is missing is made, with a random key.
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
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw fileNotWritten(path, error);
    },
  );
  if (isMade) note(`${path}: made with a random key. Keep it with the real data: it tells who is who.`);
  const key = await readFile(path).catch((error: unknown) => {
    throw wrongUse(`--pseudonym-key-file ${path} cannot be read: ${(error as Error).message}`);
  });
  // An editor puts a line feed behind the last line.
  const text = key.at(-1) === LINE_FEED ? key.subarray(0, -1) : key;
  if (text.length < LEAST_BYTES)
    throw wrongUse(
      `--pseudonym-key-file ${path} holds fewer than ${String(LEAST_BYTES)} bytes: too few for a key`,
    );
  return text;
};

const LINE_FEED = 0x0a;

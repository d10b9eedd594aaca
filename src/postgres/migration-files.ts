import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';

export type Migration = {
  readonly version: number;
  /** `0001-ledgers-decisions-leases` */
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
};

/** The folder in the sources, from `src/` and from `dist/` alike: SQL is not compiled. */
const FOLDER = new URL('../../src/postgres/migrations/', import.meta.url);

/** The schema changes that this version of the program knows, in order. */
export const readMigrations = async (folder: URL = FOLDER): Promise<readonly Migration[]> => {
  const files = (await readdir(folder)).filter((file) => /^\d{4}-.*\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const version = Number(file.slice(0, 4));
      if (version !== index + 1)
        throw new RangeError(`migration ${file} should have number ${String(index + 1)}`);
      const text = await readSql(file, folder);
      return {
        version,
        name: file.slice(0, -'.sql'.length),
        sql: text,
        checksum: createHash('sha256').update(text).digest('hex'),
      };
    }),
  );
};

export const readGrants = (): Promise<string> => readSql('grants.sql', FOLDER);

// A checkout on Windows may have changed the line ends. The checksum must be the same.
const readSql = async (file: string, folder: URL): Promise<string> =>
  (await readFile(new URL(file, folder), 'utf8')).replaceAll('\r\n', '\n');

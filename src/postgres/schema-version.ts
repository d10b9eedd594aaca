import { sql } from 'slonik';
import { z } from 'zod';
import { Failure } from '../processor/failure.ts';
import { withPostgresFailure } from './failures.ts';
import { readMigrations } from './migration-files.ts';
import type { Database } from './pool.ts';

/**
 * Fatal unless the schema has the version that this program expects, or the next one. An upgrade first expands the schema, then deploys the
 * program, and then contracts the schema.
 *
 * @returns the schema's version
 */
export const requireSchemaVersion = (pool: Database): Promise<number> =>
  withPostgresFailure("checking the schema's version", async () => {
    const expected = (await readMigrations()).length;
    const version = await pool.oneFirst(sql.type(z.object({ version: z.number() }))`
      SELECT coalesce(max(version), 0) AS version FROM schema_migration`);
    if (version < expected) {
      throw new Failure(
        'fatal',
        'SCHEMA_TOO_OLD',
        `${versionText(version, expected)}: run \`runclose setup\``,
      );
    }
    if (version > expected + 1) {
      throw new Failure(
        'fatal',
        'SCHEMA_TOO_NEW',
        `${versionText(version, expected)} or ${String(expected + 1)}: deploy a newer version of the program`,
      );
    }
    return version;
  });

/** The names of the applied migrations whose files have another content now. */
export const changedMigrations = (pool: Database): Promise<readonly string[]> =>
  withPostgresFailure('comparing the migrations', async () => {
    const rows = await pool.any(sql.type(z.object({ version: z.number(), checksum: z.string() }))`
      SELECT version, checksum FROM schema_migration`);
    const applied = new Map(rows.map(({ version, checksum }) => [version, checksum]));
    const changed = (await readMigrations()).filter(
      ({ version, checksum }) => (applied.get(version) ?? checksum) !== checksum,
    );
    return changed.map(({ name }) => name);
  });

const versionText = (version: number, expected: number): string =>
  `the database's schema has version ${String(version)}, but this program needs version ${String(expected)}`;

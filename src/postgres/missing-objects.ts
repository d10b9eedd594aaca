/** Compares what the database has with what the migrations create. Changes nothing. */
import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from './failures.ts';
import { readMigrations } from './migration-files.ts';
import type { Database } from './pool.ts';
import { type SchemaObject, schemaObjectsIn } from './schema-objects.ts';

/** A missing object, with the file that creates it, such as `0001-ledgers-decisions-leases.sql`. */
export type MissingObject = SchemaObject & { readonly file: string };

/**
 * An index or constraint counts only if it holds for every row: a unique index that could not be built stays behind as invalid. Leaves out
 * the indexes and constraints of tables that are missing.
 *
 * @param version of the database's schema. If it is newer than this program, the newer version decides what must exist.
 */
export const missingObjects = (pool: Database, version: number): Promise<readonly MissingObject[]> =>
  withPostgresFailure('comparing the tables with the migrations', async () => {
    const migrations = await readMigrations();
    if (version > migrations.length) return [];
    const rows = await pool.any(sql.type(z.object({ kind: z.string(), name: z.string() }))`
      SELECT CASE c.relkind WHEN 'v' THEN 'view' WHEN 'i' THEN 'index' ELSE 'table' END AS kind, c.relname::text AS name
      FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
      WHERE c.relnamespace = 'runclose'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'i')
        AND (i.indexrelid IS NULL OR (i.indisunique AND i.indisvalid))
      UNION ALL
      SELECT 'constraint', conname::text FROM pg_constraint
      WHERE connamespace = 'runclose'::regnamespace AND convalidated
      UNION ALL
      SELECT 'function', proname::text FROM pg_proc WHERE pronamespace = 'runclose'::regnamespace`);
    const there = new Set(rows.map(({ kind, name }) => `${kind} ${name}`));
    return migrations
      .flatMap((it) => schemaObjectsIn(it.sql).map((object) => ({ ...object, file: `${it.name}.sql` })))
      .filter(({ table }) => table === null || there.has(`table ${table}`))
      .filter(({ kind, name }) => !there.has(`${kind} ${name}`));
  });

/**
 * Migrates the schema `runclose` to the version that this program expects. Forward only. Safe to run again, and from several places at
 * once: each file is one transaction, which waits for other migrations, and which records the file with its checksum. No file is applied
 * twice. If a file has changed since it was applied, that is a fatal failure. A schema of a newer version is not migrated.
 *
 * Runs as the user of DATABASE_URL, who must own the schema, or have the right to create it.
 */
import type pg from 'pg';
import { Failure } from '../processor/failure.ts';
import { openClient } from './client.ts';
import { codeOf, messageOf } from './error-facts.ts';
import { withPostgresFailure } from './failures.ts';
import { type MigrationWait, PATIENT, withMigrationLock } from './migration-lock.ts';
import { type Migration, readGrants, readMigrations } from './migration-files.ts';
import { ensureProcessorRole, type RoleChanges } from './processor-role.ts';
import type { ServerSettings, Source } from './server-settings.ts';
import { isStandby } from './session-check.ts';
import { MIGRATION_SESSION } from './session-settings.ts';

export type MigrationReport = RoleChanges & {
  /** The schema's version after the migration. */
  readonly version: number;
  /** The names of the migrations that this run applied. */
  readonly applied: readonly string[];
  /** Whether the processor's role lacked a right although every migration was applied, and has it now. */
  readonly rightsGranted: boolean;
};

export const migrate = (
  settings: Source<ServerSettings>,
  wait: MigrationWait = PATIENT,
): Promise<MigrationReport> =>
  withPostgresFailure('migrating the database', async () => {
    const client = await openClient(settings, 'runclose setup', MIGRATION_SESSION);
    try {
      const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
      if (rows[0]?.standby === true) throw isStandby();
      const role = await ensureProcessorRole(client);
      const migrated = await migrateSchema(client, 'runclose', wait);
      await client.query('SELECT create_decision_event_days()');
      return { ...role, ...migrated };
    } finally {
      await client.end();
    }
  });

/** Migrates a schema to the version that this program knows: the store's own schema, or the shadow of a rebuild. */
export const migrateSchema = async (
  client: pg.Client,
  schema: string,
  wait: MigrationWait = PATIENT,
): Promise<Omit<MigrationReport, keyof RoleChanges>> => {
  const known = await readMigrations();
  const grants = await readGrants();
  const applied: string[] = [];
  for (;;) {
    const step = await withMigrationLock(client, wait, async () => {
      await createSchema(client, schema);
      await client.query(`SET LOCAL search_path = ${schema}`);
      const recorded = await readRecorded(client);
      for (const migration of known) mustBeUnchanged(migration, recorded);
      const due = known.find(({ version }) => !recorded.has(version));
      const rightsGranted = due === undefined && (await grant(client, grants));
      if (due !== undefined) await apply(client, due);
      return { due, version: Math.max(known.length, ...recorded.keys()), rightsGranted };
    });
    if (step.due === undefined)
      return { version: step.version, applied, rightsGranted: step.rightsGranted && applied.length === 0 };
    applied.push(step.due.name);
  }
};

const createSchema = async (client: pg.Client, schema: string): Promise<void> => {
  const { rows } = await client.query(`SELECT to_regclass('${schema}.schema_migration') AS found`);
  if ((rows as readonly { found: string | null }[])[0]?.found != null) return;
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE TABLE ${schema}.schema_migration (
      version integer PRIMARY KEY,
      name text NOT NULL,
      checksum text NOT NULL,
      applied_by text NOT NULL DEFAULT current_user,
      applied_at timestamptz NOT NULL DEFAULT now()
    )`);
};

const readRecorded = async (client: pg.Client): Promise<ReadonlyMap<number, string>> => {
  const { rows } = await client.query<{ version: number; checksum: string }>(
    'SELECT version, checksum FROM schema_migration ORDER BY version',
  );
  return new Map(rows.map(({ version, checksum }) => [version, checksum]));
};

/** @returns whether that has changed a right */
const grant = async (client: pg.Client, grants: string): Promise<boolean> => {
  const before = await readRights(client);
  await client.query(grants);
  return (await readRights(client)) !== before;
};

/** All rights on the schema of the connection and on what is in it, as one text that can be compared. */
const readRights = async (client: pg.Client): Promise<string> => {
  const { rows } = await client.query<{ rights: string }>(`
    SELECT string_agg(rights, ' ' ORDER BY oid) AS rights FROM (
      SELECT oid, nspacl::text FROM pg_namespace WHERE nspname = current_schema
      UNION ALL
      SELECT oid, relacl::text FROM pg_class WHERE relnamespace = current_schema::regnamespace
      UNION ALL
      SELECT oid, proacl::text FROM pg_proc WHERE pronamespace = current_schema::regnamespace
    ) AS object(oid, rights)`);
  return rows[0]?.rights ?? '';
};

const mustBeUnchanged = (
  { version, name, checksum }: Migration,
  recorded: ReadonlyMap<number, string>,
): void => {
  const then = recorded.get(version);
  if (then === undefined || then === checksum) return;
  throw new Failure(
    'fatal',
    'MIGRATION_CHANGED',
    `migration ${name} has changed since it was applied to this database: install the version of this program that applied it, or a later release`,
  );
};

const apply = (client: pg.Client, { version, name, sql, checksum }: Migration): Promise<void> =>
  withPostgresFailure(`applying migration ${name}`, async () => {
    await client.query(sql).catch((error: unknown) => {
      throw ALREADY_THERE.has(codeOf(error)) ? recordLost(name, error) : error;
    });
    await client.query('INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)', [
      version,
      name,
      checksum,
    ]);
  });

/** SQLSTATEs: the column, object, function or table exists already. */
const ALREADY_THERE: ReadonlySet<string> = new Set(['42701', '42710', '42723', '42P07']);

const recordLost = (name: string, error: unknown): Failure =>
  new Failure(
    'fatal',
    'POSTGRES_MISCONFIGURED',
    `applying migration ${name}: ${messageOf(error)}, although the table schema_migration does not name this migration: ` +
      'somebody has changed the schema by hand, or restored only a part of it. Stop every `serve`, and restore a backup of the whole schema',
    { cause: error },
  );

import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import pg from 'pg';
import { sql } from 'slonik';
import { migrate } from '../../../src/postgres/migrate.ts';
import { readMigrations } from '../../../src/postgres/migration-files.ts';
import { ping } from '../../../src/postgres/ping.ts';
import { createPool, type PostgresSettings } from '../../../src/postgres/pool.ts';
import { schemaObjectsIn } from '../../../src/postgres/schema-objects.ts';
import { requireSchemaVersion } from '../../../src/postgres/schema-version.ts';
import {
  createEmptyDatabase,
  createTestDatabase,
  databaseUrl,
  queryAsOwner,
  type TestDatabase,
} from '../../support/database.ts';
import { failureFrom } from './batches.ts';

describe('migrating', () => {
  let databases: TestDatabase[];
  let all: readonly string[];

  beforeEach(async () => {
    databases = [];
    all = (await readMigrations()).map(({ name }) => name);
  });

  afterEach(async () => {
    for (const database of databases) await database.remove();
  });

  const emptyDatabase = async (): Promise<TestDatabase> => {
    const database = await createEmptyDatabase();
    databases.push(database);
    return database;
  };

  const migratedDatabase = async (): Promise<TestDatabase> => {
    const database = await createTestDatabase();
    databases.push(database);
    return database;
  };

  it('makes everything the first time, and nothing the second', async () => {
    const { settings, query } = await emptyDatabase();
    expect(await migrate(settings)).to.deep.include({ applied: all, version: all.length });
    expect(await migrate(settings)).to.deep.equal({
      roleCreated: false,
      roleGranted: false,
      applied: [],
      version: all.length,
      rightsGranted: false,
    });
    expect(await query('SELECT version, name FROM runclose.schema_migration ORDER BY version')).to.deep.equal(
      all.map((name, index) => ({ version: index + 1, name })),
    );
  });

  for (const right of [
    'INSERT ON runclose.decision',
    'EXECUTE ON FUNCTION runclose.create_decision_event_days()',
    'USAGE ON SCHEMA runclose',
  ])
    it(`grants again what was revoked, and says so: ${right}`, async () => {
      const { settings, query } = await migratedDatabase();
      await query(`REVOKE ${right} FROM runclose_processor`);
      expect(await migrate(settings)).to.deep.include({ applied: [], rightsGranted: true });
      expect(await migrate(settings)).to.deep.include({ applied: [], rightsGranted: false });
    });

  it('makes exactly what doctor looks for', async () => {
    const { query } = await migratedDatabase();
    const rows = await query(`
      SELECT CASE relkind WHEN 'v' THEN 'view' ELSE 'table' END AS kind, relname::text AS name FROM pg_class
      WHERE relnamespace = 'runclose'::regnamespace AND relkind IN ('r', 'p', 'v')
      UNION ALL
      SELECT 'index', c.relname::text FROM pg_index JOIN pg_class c ON c.oid = indexrelid
      WHERE c.relnamespace = 'runclose'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
      UNION ALL
      SELECT 'constraint', conname::text FROM pg_constraint
      WHERE connamespace = 'runclose'::regnamespace AND contype IN ('p', 'u', 'c', 'x', 'f')
      UNION ALL
      SELECT 'function', proname::text FROM pg_proc WHERE pronamespace = 'runclose'::regnamespace`);
    // `setup` itself creates the first table, and each day has a table of its own.
    const others = /^schema_migration|^decision_event_(\d{8}|default_pkey)/;
    const made = rows.filter(({ name }) => !others.test(String(name)));
    const wanted = (await readMigrations()).flatMap((it) => schemaObjectsIn(it.sql));
    expect(made).to.have.deep.members(wanted.map(({ kind, name }) => ({ kind, name })));
  });

  it('is done once, however many do it at the same time, in one database or in several', async () => {
    const [one, other] = [await emptyDatabase(), await emptyDatabase()];
    const reports = await Promise.all([one, one, one, other, other].map(({ settings }) => migrate(settings)));
    for (const ofDatabase of [reports.slice(0, 3), reports.slice(3)]) {
      expect(ofDatabase.flatMap(({ applied }) => applied)).to.have.members(all);
    }
  });

  it('waits for another migration, names its session, and fails after a limit', async () => {
    const { settings, name } = await migratedDatabase();
    const other = new pg.Client(databaseUrl(name));
    await other.connect();
    try {
      // As older versions did, through a pooler that kept the session.
      const { rows } = await other.query<{ pid: number }>(
        'SELECT pg_backend_pid() AS pid FROM pg_advisory_lock(7238746982374)',
      );
      const pid = String(rows[0]?.pid);
      const waitedFor: string[] = [];
      const wait = {
        lookEveryMs: 20,
        giveUpAfterMs: 300,
        onWaiting: (it: string) => void waitedFor.push(it),
      };
      const failure = await failureFrom(migrate(settings, wait));
      expect(failure).to.include({ kind: 'fatal', code: 'MIGRATION_LOCKED' });
      expect(failure.message).to.include(`pg_terminate_backend(${pid})`);
      expect(waitedFor[0]).to.match(new RegExp(`^session ${pid} of the user .+ from `));
      await other.query('SELECT pg_advisory_unlock_all()');
      expect((await migrate(settings, wait)).applied).to.deep.equal([]);
    } finally {
      await other.end();
    }
  });

  it('leaves no lock behind', async () => {
    const { settings, query } = await emptyDatabase();
    await migrate(settings);
    expect(
      await query(
        "SELECT FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
      ),
    ).to.deep.equal([]);
  });

  it('applies new migrations to a database with data', async () => {
    const { settings, query } = await migratedDatabase();
    const last = all.at(-1);
    await query(
      `ALTER TABLE runclose.decision_event DROP COLUMN packed;
       DELETE FROM runclose.schema_migration WHERE name = '${last ?? ''}';
       INSERT INTO runclose.channel_ledger (channel_id, sequence) VALUES ('C1', 5)`,
    );
    expect((await migrate(settings)).applied).to.deep.equal([last]);
    expect(await query('SELECT sequence::int FROM runclose.channel_ledger')).to.deep.equal([{ sequence: 5 }]);
  });

  it('refuses a database whose migrations were others', async () => {
    const { settings, query } = await migratedDatabase();
    await query(`UPDATE runclose.schema_migration SET checksum = 'another' WHERE version = 1`);
    const failure = await failureFrom(migrate(settings));
    expect(failure).to.include({ kind: 'fatal', code: 'MIGRATION_CHANGED' });
    expect(failure.message).to.contain(all[0]);
  });

  it('says what to do with a database that has lost the record of a migration', async () => {
    const { settings, query } = await migratedDatabase();
    await query(`DELETE FROM runclose.schema_migration WHERE version = ${all.length}`);
    const failure = await failureFrom(migrate(settings));
    expect(failure).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED' });
    expect(failure.message).to.contain('already exists').and.to.contain('restore a backup');
  });

  it('leaves a database alone that is ahead', async () => {
    const { settings, query } = await migratedDatabase();
    await query(`INSERT INTO runclose.schema_migration (version, name, checksum) VALUES (99, 'later', '')`);
    expect(await migrate(settings)).to.deep.include({ applied: [], version: 99 });
  });

  it('leaves nothing of a migration that fails', async () => {
    const { settings, query } = await emptyDatabase();
    await query('CREATE SCHEMA runclose; CREATE TABLE runclose.partition_lease ()');
    const failure = await failureFrom(migrate(settings));
    expect(failure.message).to.contain(`applying migration ${all[0] ?? ''}`);
    expect(failure).to.include({ code: 'POSTGRES_MISCONFIGURED' });
    expect(await query(`SELECT to_regclass('runclose.channel_policy') AS found`)).to.deep.equal([
      { found: null },
    ]);
    await query('DROP TABLE runclose.partition_lease');
    expect((await migrate(settings)).applied).to.deep.equal(all);
  });

  it('says that the server is away', async () => {
    expect(await failureFrom(migrate({ url: 'postgres://nobody@127.0.0.1:1/none' }))).to.include({
      kind: 'transient',
      code: 'POSTGRES_UNAVAILABLE',
    });
  });

  describe('as a user without special rights', () => {
    const user = { name: `runclose_test_${randomUUID().slice(0, 8)}`, password: 'secret' };
    const onServer = (text: string) => queryAsOwner('postgres', text);

    before(() => onServer(`CREATE ROLE "${user.name}" LOGIN PASSWORD 'secret'`));
    after(() => onServer(`DROP ROLE "${user.name}"`));

    const pinged = async (settings: PostgresSettings) => {
      const pool = await createPool(settings, 'runclose test');
      return failureFrom(ping(pool)).finally(() => pool.end());
    };

    it('names the task of the administrator, and works once that is done', async () => {
      const { name } = await emptyDatabase();
      const settings = { url: databaseUrl(name, user), poolSize: 1 };
      const first = await failureFrom(migrate(settings));
      expect(first).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED' });
      expect(first.message).to.contain(`GRANT runclose_processor TO ${user.name}`);
      expect((await pinged(settings)).message).to.match(
        /permission denied to set role.*GRANT runclose_processor/,
      );
      const [, statements = ''] = /must run: (.*)$/.exec(first.message) ?? [];
      // From version 16 on, a member may lack the right to work as the role, and a plain GRANT does not change that.
      if (statements.includes('WITH SET TRUE'))
        await onServer(statements.replace('WITH SET TRUE', 'WITH SET FALSE'));
      expect((await failureFrom(migrate(settings))).message).to.equal(first.message);
      await onServer(statements);

      const second = await failureFrom(migrate(settings));
      expect(second).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED' });
      expect(second.message).to.contain('permission denied for database');
      await onServer(`GRANT CREATE ON DATABASE ${name} TO "${user.name}"`);

      expect((await migrate(settings)).applied).to.deep.equal(all);
      const pool = await createPool(settings, 'runclose test');
      expect(await requireSchemaVersion(pool)).to.equal(all.length);
      await pool.end();
    });
  });

  describe('and the version that a program needs', () => {
    const versionOf = async (change: string) => {
      const database = await migratedDatabase();
      await database.query(change);
      const pool = await database.openPool(1);
      try {
        return await requireSchemaVersion(pool);
      } finally {
        await pool.end();
      }
    };
    const insert = (version: number) =>
      `INSERT INTO runclose.schema_migration (version, name, checksum) VALUES (${version}, 'later', '')`;

    it('fit, and fit still when the database is one ahead', async () => {
      expect(await versionOf('SELECT 1')).to.equal(all.length);
      expect(await versionOf(insert(all.length + 1))).to.equal(all.length + 1);
    });

    it('do not fit when the database is behind', async () => {
      const failure = await failureFrom(
        versionOf(`DELETE FROM runclose.schema_migration WHERE version = ${all.length}`),
      );
      expect(failure).to.include({ kind: 'fatal', code: 'SCHEMA_TOO_OLD' });
      expect(failure.message).to.contain('run `runclose setup`');
    });

    it('do not fit when the database is two ahead', async () => {
      expect(await failureFrom(versionOf(insert(all.length + 2)))).to.include({
        kind: 'fatal',
        code: 'SCHEMA_TOO_NEW',
      });
    });

    it('do not fit if nothing was ever migrated', async () => {
      const database = await emptyDatabase();
      const pool = await database.openPool(1);
      const failure = await failureFrom(requireSchemaVersion(pool));
      await pool.end();
      expect(failure).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED' });
      expect(failure.message).to.contain('run `runclose setup`');
    });
  });

  it('gives the processor rows to read and write, and no table to make, change, empty or drop', async () => {
    const database = await migratedDatabase();
    const pool = await database.openPool(1);
    const attempts = [
      'CREATE TABLE runclose.mine ()',
      'CREATE SCHEMA mine',
      'ALTER TABLE channel_ledger ADD COLUMN mine text',
      'DROP TABLE channel_ledger',
      'TRUNCATE decision',
      'CREATE INDEX mine ON decision (reason)',
      'DELETE FROM decision',
      `UPDATE decision SET reason = 'LOWEST'`,
      'UPDATE decision_event SET forgotten_at = now()',
      `UPDATE channel_policy SET changed_by = 'me'`,
      'DELETE FROM channel_member',
      'SELECT create_decision_event_days_at(now())',
      'SELECT drop_decision_event_days_at(now(), 0)',
      `INSERT INTO schema_migration (version, name, checksum) VALUES (99, 'mine', '')`,
    ];
    for (const attempt of attempts) {
      const statement = { ...sql.unsafe`SELECT`, sql: attempt };
      const failure = await failureFrom(pool.query(statement));
      expect(failure.message, attempt).to.match(/permission denied|must be owner/);
    }
    await pool.end();
  });
});

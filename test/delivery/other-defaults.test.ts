import { expect } from 'chai';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startOwnPostgres } from '../../scripts/stack/own-servers.ts';
import { migrate } from '../../src/postgres/migrate.ts';
import { ping, pingPrimary } from '../../src/postgres/ping.ts';
import { createPool } from '../../src/postgres/pool.ts';
import { failureOf } from '../../src/processor/failure.ts';
import { anOrder, manyCommands } from '../support/commands.ts';
import { databaseUrl, queryAsOwner, type TestDatabase } from '../support/database.ts';
import { createDeployment, type Deployment } from '../support/deployment.ts';
import { createServersFolder } from '../support/own-servers.ts';
import { startPooler } from '../support/postgres-proxy/pooler.ts';
import { expectPromisesKept } from '../support/promises.ts';

type Database = Pick<TestDatabase, 'name' | 'settings' | 'query' | 'remove'>;

/** A database that is created otherwise than usual. */
const createDatabase = async (how: string): Promise<Database> => {
  const name = `runclose_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;
  await queryAsOwner('postgres', `CREATE DATABASE ${name} TEMPLATE template0 ${how}`);
  return {
    name,
    settings: { url: databaseUrl(name), poolSize: 10 },
    query: (text, values) => queryAsOwner(name, text, values),
    remove: async () => {
      await queryAsOwner('postgres', `DROP DATABASE ${name} WITH (FORCE)`);
    },
  };
};

/** Settings that an administrator may have made for a database. They can also be made for a role, or for the whole server. */
const DEFAULTS = {
  DateStyle: "'SQL, DMY'",
  IntervalStyle: "'iso_8601'",
  TimeZone: "'Asia/Kolkata'",
  array_nulls: 'off',
  bytea_output: "'escape'",
  client_encoding: "'LATIN1'",
  default_transaction_deferrable: 'on',
  default_transaction_isolation: "'serializable'",
  default_transaction_read_only: 'on',
  enable_indexscan: 'off',
  enable_nestloop: 'off',
  extra_float_digits: '-15',
  idle_in_transaction_session_timeout: '1',
  idle_session_timeout: '5',
  lock_timeout: '1',
  row_security: 'off',
  search_path: 'pg_catalog',
  standard_conforming_strings: 'off',
  statement_timeout: '1',
  synchronous_commit: 'off',
  transform_null_equals: 'on',
};

const setDefaults = async (name: string): Promise<void> => {
  for (const [setting, value] of Object.entries(DEFAULTS))
    await queryAsOwner('postgres', `ALTER DATABASE ${name} SET ${setting} = ${value}`);
};

const COLLATIONS = {
  'the C locale': "LC_COLLATE 'C' LC_CTYPE 'C' ENCODING 'UTF8'",
  "ICU's locale": "LOCALE_PROVIDER icu ICU_LOCALE 'sv-SE' LOCALE 'C' ENCODING 'UTF8'",
};

describe('a database with other defaults', function () {
  this.timeout(120_000);

  for (const [locale, how] of Object.entries(COLLATIONS)) {
    it(`changes nothing, whatever it sets, in ${locale}`, async () => {
      const database = await createDatabase(how);
      await setDefaults(database.name);
      let deployment: Deployment | undefined;
      try {
        deployment = await createDeployment(2, { database: { ...database, remove: async () => undefined } });
        const serving = await deployment.serve();
        const names = ['Ångström', 'ångström', 'Zoë 🥐', 'a\\b\'c"d', 'Ö', 'z', 'Z', 'ß'];
        await deployment.publish(
          ...manyCommands(200),
          ...names.map((name, index) => ({
            commandId: `command of ${name}`,
            runId: `run of ${name}`,
            channelId: `channel of ${names[index % 3]!}`,
            orders: names.map((each) => anOrder({ userId: each, orderId: each, text: `${each} ☕` })),
          })),
        );
        await deployment.settled();
        serving.signal('SIGTERM');
        expect(await serving.exited).to.equal(0);
        // The test's own connections have these defaults, too.
        for (const setting of Object.keys(DEFAULTS))
          await queryAsOwner('postgres', `ALTER DATABASE ${database.name} RESET ${setting}`);
        await expectPromisesKept(deployment);
        await setDefaults(database.name);
        for (const args of [
          ['setup'],
          ['replay', 'verify'],
          ['replay', 'rebuild', '--swap', '--yes'],
          ['replay', 'rebuild', '--drop'],
          ['purge', '--yes'],
          ['forget', '--user', 'Ö', '--yes'],
          ['status'],
        ]) {
          const { code, stdout, stderr } = await deployment.runclose(...args);
          expect(code, `${args.join(' ')}: ${stdout}${stderr}`).to.equal(0);
        }
      } finally {
        await deployment?.remove();
        await database.remove();
      }
    });
  }

  it('is waited for while it is a standby, and named', async () => {
    const servers = createServersFolder();
    const server = await startOwnPostgres(servers.options);
    try {
      const url = server.variables['DATABASE_URL']!;
      const pool = await createPool({ url, poolSize: 1 }, 'runclose test');
      await migrate({ url });
      await pingPrimary(pool);
      await pool.end();
      await server.stop('keep');
      writeFileSync(join(server.folder, 'data', 'standby.signal'), '');
      await server.start();
      const again = await createPool({ url, poolSize: 1 }, 'runclose test');
      await ping(again);
      for (const tried of [pingPrimary(again), migrate({ url })]) {
        const failure = await tried.then(() => undefined, failureOf);
        expect(failure).to.include({ kind: 'transient', code: 'POSTGRES_STANDBY' });
        expect(failure?.message).to.include('let DATABASE_URL name the primary');
      }
      await again.end();
    } finally {
      await server.stop('wipe');
      servers.remove();
    }
  });

  it('is refused by name if it cannot hold every text', async () => {
    const database = await createDatabase("ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'");
    try {
      const pool = await createPool(database.settings, 'runclose test');
      const refusals = [
        await migrate(database.settings).then(() => undefined, failureOf),
        // A pool of one that was set up before this version.
        await queryAsOwner(database.name, 'CREATE SCHEMA runclose')
          .then(() => ping(pool))
          .then(() => undefined, failureOf),
      ];
      await pool.end();
      for (const refusal of refusals) {
        expect(refusal).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED' });
        expect(refusal?.message).to.include('has the encoding LATIN1').and.to.include("ENCODING 'UTF8'");
      }
    } finally {
      await database.remove();
    }
  });
});

describe('a pooler that does not pass startup options on', function () {
  this.timeout(60_000);
  let deployment: Deployment;
  before(async () => {
    deployment = await createDeployment(1);
  });
  after(() => deployment.remove());

  for (const [manner, says] of [
    ['drops options', 'role is none instead of runclose_processor, search_path is '],
    ['refuses options', 'unsupported startup parameter: options'],
  ] as const) {
    it(`is refused by name if it ${manner}`, async () => {
      const pooler = await startPooler(deployment.database.settings.url, manner);
      const env = { DATABASE_URL: pooler.url, STARTUP_TIMEOUT_SECONDS: '0' };
      try {
        const ended = await deployment.serve(env).then(() => 'it serves', String);
        expect(ended).to.include('serve ended with 78').and.to.include(says);
        expect(ended).to.include('let DATABASE_URL name Postgres itself');
        const migrated = await migrate({ url: pooler.url }).then(() => undefined, failureOf);
        expect(migrated).to.include({ kind: 'fatal', code: 'POSTGRES_MISCONFIGURED' });
        expect(migrated?.message).to.include('a pooler such as PgBouncer');
      } finally {
        await pooler.close();
      }
    });
  }
});

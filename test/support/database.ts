import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { migrate } from '../../src/postgres/migrate.ts';
import {
  createPool,
  createSmallBatchPool,
  type Database,
  type PostgresSettings,
} from '../../src/postgres/pool.ts';

/** The database server of the environment, as its owner sees it. */
const serverUrl = (): string => {
  const url = process.env['DATABASE_URL'];
  if (url === undefined)
    throw new Error('DATABASE_URL is not set: start the stack with `npm run stack -- up`');
  return url;
};

/** The URL of a database on that server, for its owner or for another user. */
export const databaseUrl = (database: string, user?: { name: string; password: string }): string => {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  if (user !== undefined) [url.username, url.password] = [user.name, user.password];
  return url.href;
};

export type Row = Readonly<Record<string, unknown>>;

export type TestDatabase = {
  readonly name: string;
  readonly settings: PostgresSettings;
  /** Opens a pool as the product does. The caller must end it. */
  openPool(poolSize?: number): Promise<Database>;
  /** Opens a pool with the owner's rights, which the processor does not have. */
  openOwnerPool(poolSize?: number): Promise<Database>;
  /** One statement as the database's owner, on a connection of its own. */
  query(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Deletes all rows, which is ten times as fast as creating another database. */
  empty(): Promise<void>;
  /** Removes the database. Fails if a connection is still open. */
  remove(): Promise<void>;
};

/** An empty database that nobody else uses. */
export const createEmptyDatabase = (): Promise<TestDatabase> => create('template0');

/** A migrated database that nobody else uses. It is a clone, because migrating takes ten times as long. */
export const createTestDatabase = async (): Promise<TestDatabase> => create(await (template ??= migrated()));

/** The only database of a server that belongs to one test. The database is removed with its server. */
export const databaseAt = (url: string): Pick<TestDatabase, 'name' | 'settings' | 'query' | 'remove'> => ({
  name: new URL(url).pathname.slice(1),
  settings: { url, poolSize: 10 },
  query: (text, values) => queryAt(url, text, values),
  remove: () => Promise.resolve(),
});

/** One statement as the owner of a database, on a connection of its own. */
export const queryAsOwner = (
  database: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> => queryAt(databaseUrl(database), text, values);

const queryAt = async (
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
};

let template: Promise<string> | undefined;

// Test files load this module, so this is a hook of the root suite, and runs after the last test of the process.
after('the template database is dropped', async () => {
  if (template !== undefined) await onServer(`DROP DATABASE IF EXISTS ${await template}`);
});

const onServer = (text: string) => queryAsOwner('postgres', text);

const EMPTY = [
  'channel_policy',
  'channel_ledger',
  'channel_member',
  'partition_lease',
  'decision',
  'decision_event',
  'duplicate_command',
]
  .map((table) => `DELETE FROM runclose.${table}`)
  .join(';');

const newName = (): string => `runclose_test_${randomUUID().replaceAll('-', '').slice(0, 12)}`;

const migrated = async (): Promise<string> => {
  const name = newName();
  await onServer(`CREATE DATABASE ${name} TEMPLATE template0`);
  await migrate({ url: databaseUrl(name) });
  return name;
};

const create = async (from: string): Promise<TestDatabase> => {
  const name = newName();
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${from}`);
  const settings = { url: databaseUrl(name), poolSize: 10 };
  return {
    name,
    settings,
    openPool: (poolSize = 10) => createPool({ ...settings, poolSize }, 'runclose test'),
    openOwnerPool: (poolSize = 10) => createSmallBatchPool({ ...settings, poolSize }, 'runclose test'),
    query: (text, values) => queryAsOwner(name, text, values),
    empty: async () => {
      await queryAsOwner(name, EMPTY);
    },
    remove: async () => {
      const connections = await connectionsTo(name);
      await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
      if (connections.length > 0) throw new Error(`connections left open: ${connections.join(', ')}`);
    },
  };
};

/** The connections that still exist after a moment, because the server notices a closed connection a little later. */
const connectionsTo = async (name: string): Promise<readonly string[]> => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const rows = await queryAsOwner(
      'postgres',
      `SELECT application_name || ': ' || query AS what FROM pg_stat_activity
       WHERE datname = $1 AND backend_type = 'client backend'`,
      [name],
    );
    if (rows.length === 0 || Date.now() > deadline) return rows.map((row) => String(row['what']));
    await sleep(20);
  }
};

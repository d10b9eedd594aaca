import { readFileSync } from 'node:fs';
import pg from 'pg';
import { BY_CERTIFICATE, DATABASE } from './postgres-security.ts';
import type { Account, Secrets } from './secrets.ts';

/** Creates the logins and gives them their roles; what is there stays. */
export const grantInPostgres = async (port: number, secrets: Secrets): Promise<void> => {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    database: DATABASE,
    user: 'admin',
    password: secrets.password('admin', 'database'),
    ssl: { ca: readFileSync(secrets.caFile, 'utf8') },
  });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
    const there = new Set(rows.map(({ name }) => name));
    const statements = statementsFor(secrets).filter(({ creates }) => !there.has(creates ?? ''));
    for (const { text } of statements) await client.query(text);
  } finally {
    await client.end();
  }
};

type Statement = { readonly text: string; readonly creates?: string };

const LOGINS = ['owner', 'processor', 'operator'] as const satisfies Account[];

const statementsFor = (secrets: Secrets): Statement[] => [
  { creates: 'runclose_processor', text: 'CREATE ROLE runclose_processor NOLOGIN' },
  { creates: BY_CERTIFICATE, text: `CREATE ROLE ${BY_CERTIFICATE} NOLOGIN` },
  ...LOGINS.map((login) => ({
    creates: login,
    text: `CREATE ROLE ${login} LOGIN PASSWORD '${secrets.password(login, 'database')}'`,
  })),
  ...LOGINS.map((login) => ({
    creates: `${login}_${BY_CERTIFICATE}`,
    text: `CREATE ROLE ${login}_${BY_CERTIFICATE} LOGIN IN ROLE ${BY_CERTIFICATE}, ${login}`,
  })),
  ...LOGINS.map((login) => ({ text: `GRANT runclose_processor TO ${login}` })),
  ...accessTo(DATABASE).map((text) => ({ text })),
];

/** The owner's own database, which others only connect to. */
export const accessTo = (database: string): string[] => [
  `ALTER DATABASE ${database} OWNER TO owner`,
  `REVOKE ALL ON DATABASE ${database} FROM PUBLIC`,
  `GRANT CONNECT ON DATABASE ${database} TO processor, operator`,
];

import { readFileSync } from 'node:fs';
import pg from 'pg';
import { sqlBeforeSetup } from '../../../src/operations/rights/sql.ts';
import { BY_CERTIFICATE, DATABASE } from './postgres-security.ts';
import type { Account, Secrets } from './secrets.ts';

/** Creates missing logins and grants them their rights. */
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
    const existing = new Set(rows.map(({ name }) => name));
    for (const { name, statements } of roles(secrets))
      if (!existing.has(name)) await client.query(statements.join(';'));
    await client.query(accessSql(DATABASE));
  } finally {
    await client.end();
  }
};

/** Grants the logins their rights in the database of this name, and revokes everybody else's. */
export const accessSql = (database: string): string =>
  [`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC;`, ...sqlBeforeSetup(LOGIN_NAMES)].join('\n');

const LOGINS = ['owner', 'processor', 'operator', 'reader'] as const satisfies Account[];
const LOGIN_NAMES = { owner: 'owner', processor: 'processor', operator: 'operator', reader: 'reader' };

const roles = (secrets: Secrets): { readonly name: string; readonly statements: readonly string[] }[] => [
  { name: BY_CERTIFICATE, statements: [`CREATE ROLE ${BY_CERTIFICATE} NOLOGIN`] },
  ...LOGINS.map((login) => ({
    name: login,
    statements: [`CREATE ROLE ${login} LOGIN PASSWORD '${secrets.password(login, 'database')}'`],
  })),
  ...LOGINS.map((login) => `${login}_${BY_CERTIFICATE}`).map((name, index) => ({
    name,
    // The objects that this login creates belong to the login with the password.
    statements: [
      `CREATE ROLE ${name} LOGIN IN ROLE ${BY_CERTIFICATE}, ${LOGINS[index] ?? ''}`,
      `ALTER ROLE ${name} SET role = ${LOGINS[index] ?? ''}`,
    ],
  })),
];

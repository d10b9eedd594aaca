import pg from 'pg';
import { Failure } from '../processor/failure.ts';
import { PROCESSOR_ROLE } from './session-settings.ts';

export type RoleChanges = { readonly roleCreated: boolean; readonly roleGranted: boolean };

/**
 * Makes sure that the processor's role exists, and that the user who migrates may work as that role. Roles belong to the whole server, not
 * to one database. So the setup of another database may create the role at the same moment, or an administrator may have created it before.
 */
export const ensureProcessorRole = async (client: pg.Client): Promise<RoleChanges> => {
  const roleCreated = await createRole(client);
  return { roleCreated, roleGranted: await grantRole(client) };
};

const createRole = async (client: pg.Client): Promise<boolean> => {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [PROCESSOR_ROLE]);
  if (rowCount === 1) return false;
  try {
    await client.query(`CREATE ROLE ${PROCESSOR_ROLE} NOLOGIN`);
    return true;
  } catch (error) {
    if (isSqlState(error, DUPLICATE_OBJECT, UNIQUE_VIOLATION)) return false;
    const grant = await grantTo(client);
    throw await needsAdministrator(client, error, (user) => [
      `CREATE ROLE ${PROCESSOR_ROLE} NOLOGIN`,
      grant(user),
    ]);
  }
};

const grantRole = async (client: pg.Client): Promise<boolean> => {
  if (await mayWorkAsRole(client)) return false;
  const grant = await grantTo(client);
  try {
    await client.query(grant('CURRENT_USER'));
    return true;
  } catch (error) {
    // The setup of another database may have granted the role at the same moment.
    if (await mayWorkAsRole(client)) return false;
    throw await needsAdministrator(client, error, (user) => [grant(user)]);
  }
};

/** SET is the right to work as a role. Before version 16 membership alone was enough. */
const mayWorkAsRole = async (client: pg.Client): Promise<boolean> => {
  const { rows } = await client.query<{ may_set: boolean }>(
    `SELECT pg_has_role($1, CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END) AS may_set`,
    [PROCESSOR_ROLE],
  );
  return rows[0]?.may_set === true;
};

/** A membership granted WITH SET FALSE stays so unless a later grant says WITH SET TRUE. */
const grantTo = async (client: pg.Client): Promise<(user: string) => string> => {
  const { rows } = await client.query<{ has_set: boolean }>(
    `SELECT current_setting('server_version_num')::int >= 160000 AS has_set`,
  );
  const suffix = rows[0]?.has_set === true ? ' WITH SET TRUE' : '';
  return (user) => `GRANT ${PROCESSOR_ROLE} TO ${user}${suffix}`;
};

const DUPLICATE_OBJECT = '42710';
const UNIQUE_VIOLATION = '23505';
const INSUFFICIENT_PRIVILEGE = '42501';

const isSqlState = (error: unknown, ...codes: readonly string[]): boolean =>
  error instanceof pg.DatabaseError && error.code !== undefined && codes.includes(error.code);

const needsAdministrator = async (
  client: pg.Client,
  error: unknown,
  statements: (user: string) => readonly string[],
): Promise<unknown> => {
  if (!isSqlState(error, INSUFFICIENT_PRIVILEGE)) return error;
  const { rows } = await client.query<{ user: string }>('SELECT quote_ident(current_user) AS user');
  const needed = statements(rows[0]?.user ?? 'CURRENT_USER').map((statement) => `${statement};`);
  return new Failure(
    'fatal',
    'POSTGRES_MISCONFIGURED',
    `the database's user may not set up the processor's role; an administrator must run: ${needed.join(' ')}`,
    { cause: error },
  );
};

/**
 * Looks at a connection once it is made: whether it has the settings that it asked for, and whether the database is one that the
 * product works on. A pooler may have dropped what was asked for; without role and time budgets a frozen processor would hold its
 * locks for ever. All that is wrong is a fatal `POSTGRES_MISCONFIGURED`.
 */
import { Failure } from '../processor/failure.ts';
import { TIME_BUDGETS, type SessionSettings } from './session-settings.ts';

/** Sends one statement without parameters. */
export type Ask = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

export const beginSession = async (ask: Ask, wanted: SessionSettings): Promise<void> => {
  const names = Object.keys(wanted).filter((name) => !UNCHECKED.has(name));
  const rows = await ask(`
    SELECT name, setting FROM pg_settings WHERE name IN (${[...names, ...CHECKED].map((name) => `'${name}'`).join(', ')})
    UNION ALL SELECT 'role', current_setting('role')
    UNION ALL SELECT 'database', current_database()`);
  const found = new Map(rows.map(({ name, setting }) => [String(name), String(setting)]));
  requireServer(found);
  const dropped = names.filter((name) => !isInForce(String(wanted[name]), found.get(name)));
  if (dropped.length > 0) throw optionsDropped(dropped, wanted, found);
  await ask(adjustments(wanted));
};

const CHECKED = ['server_version_num', 'server_encoding'];

/** It is 0 on a Unix socket, and where the server's system does not have it. */
const UNCHECKED = new Set(['tcp_user_timeout']);

/** A date style names an order of day and month as well. */
const isInForce = (wanted: string, found: string | undefined): boolean =>
  found === wanted || found?.startsWith(`${wanted}, `) === true;

const OLDEST_VERSION = 14;

const requireServer = (found: ReadonlyMap<string, string>): void => {
  const version = Math.floor(Number(found.get('server_version_num')) / 10_000);
  if (version < OLDEST_VERSION)
    throw misconfigured(
      `the server is PostgreSQL ${String(version)}, and has to be ${String(OLDEST_VERSION)} or later`,
    );
  const encoding = found.get('server_encoding');
  if (encoding !== 'UTF8') {
    const name = String(found.get('database'));
    throw misconfigured(
      `the database ${name} has the encoding ${String(encoding)}, which cannot hold every name and text; it has to be UTF8. ` +
        `The encoding of a database is for good, so create another one, and name it in DATABASE_URL: ` +
        `CREATE DATABASE another_name ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
};

/** How many to name: most often all are dropped, or one. */
const NAMED = 4;

const optionsDropped = (
  dropped: readonly string[],
  wanted: SessionSettings,
  found: ReadonlyMap<string, string>,
): Failure => {
  const sorted = dropped.toSorted((a, b) => rankOf(a) - rankOf(b));
  const named = sorted
    .slice(0, NAMED)
    .map((name) => `${name} is ${String(found.get(name))} instead of ${String(wanted[name])}`);
  const more = dropped.length > NAMED ? [`and ${String(dropped.length - NAMED)} more`] : [];
  return misconfigured(
    `the connection to Postgres does not have the settings that it asked for: ${[...named, ...more].join(', ')}; ${POOLER_HINT}`,
  );
};

/** What an operator knows best comes first. */
const rankOf = (name: string): number => {
  const rank = ['role', 'search_path', 'statement_timeout', 'lock_timeout'].indexOf(name);
  return rank < 0 ? NAMED : rank;
};

/** The next step, if a pooler stands between. */
export const POOLER_HINT =
  'a pooler such as PgBouncer does not pass them on: let DATABASE_URL name Postgres itself, whose connections are few (DATABASE_POOL_SIZE)';

const misconfigured = (message: string): Failure => new Failure('fatal', 'POSTGRES_MISCONFIGURED', message);

/**
 * What cannot be asked for at the start. Servers before version 17 refuse the unknown `transaction_timeout`. A server that waits for
 * its replicas shall go on doing so, so `synchronous_commit` is changed only if it is off: an answered commit has to be on the disk.
 */
const adjustments = ({ statement_timeout: statementTimeout }: SessionSettings): string => `
  SELECT set_config('transaction_timeout', '${statementTimeout === 0 ? 0 : TIME_BUDGETS.transaction}', false)
  WHERE current_setting('server_version_num')::int >= 170000
  UNION ALL
  SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;

/** Transient: a standby may be promoted at any moment. */
export const isStandby = (): Failure =>
  new Failure(
    'transient',
    'POSTGRES_STANDBY',
    'it is a standby, which takes no writes: let DATABASE_URL name the primary',
  );

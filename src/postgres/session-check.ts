/**
 * Checks each new connection: it must have the settings that it asked for, and the database must be one that the product supports. A pooler
 * may have dropped the settings; without role and time budgets, a frozen processor would hold its locks for ever. Throws a fatal
 * `POSTGRES_MISCONFIGURED`.
 */
import { Failure } from '../processor/failure.ts';
import { TIME_BUDGETS, type SessionSettings } from './session-settings.ts';

/** Sends one statement without parameters. */
export type Ask = (text: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

const OLDEST_VERSION = 14;

/** What every server must have, besides the settings that were asked for. */
const SERVER_FACTS = ['server_version_num', 'server_encoding'];

/** Settings that are 0 on a Unix socket, and if the server's operating system does not support them. */
const UNCHECKED = new Set(['tcp_user_timeout']);

/** Settings that operators know best: an error names these first. */
const BEST_KNOWN = ['role', 'search_path', 'statement_timeout', 'lock_timeout'];

/** How many settings an error names: usually all are dropped, or one. */
const MAX_LISTED = 4;

export const beginSession = async (ask: Ask, wanted: SessionSettings): Promise<void> => {
  const names = Object.keys(wanted).filter((name) => !UNCHECKED.has(name));
  const rows = await ask(`
    SELECT name, setting FROM pg_settings WHERE name IN (${[...names, ...SERVER_FACTS].map((name) => `'${name}'`).join(', ')})
    UNION ALL SELECT 'role', current_setting('role')
    UNION ALL SELECT 'database', current_database()`);
  const found = new Map(rows.map(({ name, setting }) => [String(name), String(setting)]));
  requireServer(found);
  const dropped = names.filter((name) => !isInForce(String(wanted[name]), found.get(name)));
  if (dropped.length > 0) throw optionsDropped(dropped, wanted, found);
  await ask(adjustments(wanted));
};

/** Postgres appends the order of day and month to a date style. */
const isInForce = (wanted: string, found: string | undefined): boolean =>
  found === wanted || found?.startsWith(`${wanted}, `) === true;

const requireServer = (found: ReadonlyMap<string, string>): void => {
  const version = Math.floor(Number(found.get('server_version_num')) / 10_000);
  if (version < OLDEST_VERSION)
    throw misconfigured(
      `the server is PostgreSQL ${String(version)}, but must be ${String(OLDEST_VERSION)} or later`,
    );
  const encoding = found.get('server_encoding');
  if (encoding !== 'UTF8') {
    const name = String(found.get('database'));
    throw misconfigured(
      `the database ${name} has the encoding ${String(encoding)}, which cannot hold every name and text; it must be UTF8. ` +
        `A database keeps its encoding, so create another database, and name it in DATABASE_URL: ` +
        `CREATE DATABASE another_name ENCODING 'UTF8' TEMPLATE template0`,
    );
  }
};

const optionsDropped = (
  dropped: readonly string[],
  wanted: SessionSettings,
  found: ReadonlyMap<string, string>,
): Failure => {
  const sorted = dropped.toSorted((a, b) => rankOf(a) - rankOf(b));
  const named = sorted
    .slice(0, MAX_LISTED)
    .map((name) => `${name} is ${String(found.get(name))} instead of ${String(wanted[name])}`);
  const more = dropped.length > MAX_LISTED ? [`and ${String(dropped.length - MAX_LISTED)} more`] : [];
  return misconfigured(
    `the connection to Postgres does not have the settings that it asked for: ${[...named, ...more].join(', ')}; ${POOLER_HINT}`,
  );
};

const rankOf = (name: string): number => {
  const rank = BEST_KNOWN.indexOf(name);
  return rank < 0 ? BEST_KNOWN.length : rank;
};

/** What to do if a pooler stands between this program and Postgres. */
export const POOLER_HINT =
  'a pooler such as PgBouncer does not pass settings on: let DATABASE_URL name Postgres itself (one process opens at most DATABASE_POOL_SIZE connections)';

const misconfigured = (message: string): Failure =>
  new Failure('fatal', 'POSTGRES_MISCONFIGURED', message, { isLoginRefused: true });

/**
 * Settings that the startup message cannot ask for. Servers before version 17 refuse the unknown `transaction_timeout`.
 * `synchronous_commit` is changed only if it is off: a commit that was answered must be on disk, but a server that waits for its replicas
 * keeps doing so.
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
    'the server is a standby, which takes no writes: let DATABASE_URL name the primary',
  );

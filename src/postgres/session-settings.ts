/**
 * What every connection of the product tells the server at its start. Server settings, because a client that is frozen or cut
 * off can no longer keep its own promises, while its transaction still holds row locks.
 *
 * Not every pooler passes startup options on: PgBouncer refuses them, or drops them if `ignore_startup_parameters` lists `options`.
 * So each connection is checked once it is made: see session-check.ts.
 */

/** The role that the product works as. Migrations create it; it can read and write rows, and no more. */
export const PROCESSOR_ROLE = 'runclose_processor';

/** Milliseconds, each shorter than the next: a lock gives up before its statement, the statement before the connection. */
export const TIME_BUDGETS = {
  lock: 2_000,
  statement: 5_000,
  idleInTransaction: 5_000,
  /** Until a connection is made. */
  connection: 5_000,
  /**
   * Until a dead network is noticed: by the server (`tcp_user_timeout`), and by the client for each answer. A piece of work waits for a
   * free connection as long.
   */
  silence: 10_000,
  transaction: 12_000,
} as const;

/**
 * Every query finds its rows by primary key, so nested loops over indexes are right at any size. Left to itself the planner
 * chooses sequential scans on tables that it has never analyzed, and a prepared statement keeps a plan from the time when its
 * tables were empty (measured: 116 ms instead of 1 ms for one statement of a batch); to plan each time costs 2 ms a batch. `jit`
 * has to go with the scans: a forbidden plan that is taken all the same looks so costly that it would be compiled.
 */
const PLANNING = {
  enable_indexscan: 'on',
  enable_nestloop: 'on',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_custom_plan',
  jit: 'off',
};

/**
 * Settings that queries depend on, and for which a server, a database or a role may have another default: how texts, times and bytes are
 * written and read, what a transaction sees, and how long a session may be idle.
 */
const DEFAULTS = {
  client_encoding: 'UTF8',
  DateStyle: 'ISO',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: 1,
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  row_security: 'on',
  default_transaction_isolation: 'read committed',
  default_transaction_read_only: 'off',
  default_transaction_deferrable: 'off',
  idle_session_timeout: 0,
};

/** By the name in `pg_settings`; numbers are in the unit of the setting. */
export type SessionSettings = Readonly<Record<string, string | number>>;

const SMALL_BATCHES = {
  ...DEFAULTS,
  search_path: 'runclose',
  lock_timeout: TIME_BUDGETS.lock,
  statement_timeout: TIME_BUDGETS.statement,
  idle_in_transaction_session_timeout: TIME_BUDGETS.idleInTransaction,
  tcp_user_timeout: TIME_BUDGETS.silence,
  ...PLANNING,
};

/** For the processor, and for an operator's commands that need no more rights. */
export const PROCESSOR_SESSION: SessionSettings = { role: PROCESSOR_ROLE, ...SMALL_BATCHES };

/** For an operator's work in small batches, as the schema's owner: it blocks others no longer than a processor does. */
export const SMALL_BATCH_SESSION: SessionSettings = SMALL_BATCHES;

/**
 * For an operator's long work, as the schemas' owner: a statement may take its time. A lock is given up all the same, since
 * everybody else waits behind whoever waits for it.
 */
export const ownerSession = (schema: string): SessionSettings => ({
  ...DEFAULTS,
  search_path: schema,
  lock_timeout: TIME_BUDGETS.lock,
  statement_timeout: 0,
  idle_in_transaction_session_timeout: TIME_BUDGETS.idleInTransaction,
  tcp_user_timeout: TIME_BUDGETS.silence,
  ...PLANNING,
  // A rebuild joins whole portions, which have no index.
  enable_hashjoin: 'on',
});

/** For migrations: one may wait for another as long as it takes. */
export const MIGRATION_SESSION: SessionSettings = {
  ...DEFAULTS,
  search_path: 'runclose',
  lock_timeout: 0,
  statement_timeout: 0,
  idle_in_transaction_session_timeout: 0,
};

/** The `options` of the startup message. */
export const optionsOf = (settings: SessionSettings): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${String(value).replaceAll(' ', '\\ ')}`)
    .join(' ');

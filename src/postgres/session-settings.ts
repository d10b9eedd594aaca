/**
 * The settings that every connection sends to the server at its start. The server must enforce the time budgets: a client that is frozen or
 * cut off cannot end its own transaction, which still holds row locks.
 *
 * Not every pooler passes startup options on: PgBouncer refuses them, or drops them if `ignore_startup_parameters` lists `options`.
 * So each new connection is checked: see session-check.ts.
 */

/** The role that the processor works as. `runclose setup` creates the role, which may only read and write rows. */
export const PROCESSOR_ROLE = 'runclose_processor';

/** Milliseconds, from short to long: a lock times out before its statement, and a statement before its connection. */
export const TIME_BUDGETS = {
  lock: 2_000,
  statement: 5_000,
  idleInTransaction: 5_000,
  /** Until a connection is open. */
  connection: 5_000,
  /**
   * Until a dead network is noticed: by the server (`tcp_user_timeout`), and by the client, which waits this long for each answer. Also the
   * longest wait for a free connection of the pool.
   */
  silence: 10_000,
  transaction: 12_000,
} as const;

/**
 * Every query finds its rows by primary key, so nested loops over indexes are right at any size. By default, the planner chooses sequential
 * scans on tables that were never analyzed. A prepared statement also keeps a plan from the time when its tables were empty. Measured:
 * 116 ms instead of 1 ms for one statement of a batch. Planning each time costs 2 ms a batch.
 *
 * `jit` must be off because the scans are: if Postgres uses a disabled plan anyway, the plan looks so costly that Postgres would compile
 * it.
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

/** For an operator's work in small batches, as the schema's owner. It blocks others no longer than a processor does. */
export const SMALL_BATCH_SESSION: SessionSettings = SMALL_BATCHES;

/**
 * For an operator's long work, as the owner of the schemas. Statements have no time limit. Waiting for a lock has one, because all other
 * sessions queue behind a session that waits for a lock.
 */
export const ownerSession = (schema: string): SessionSettings => ({
  ...DEFAULTS,
  search_path: schema,
  lock_timeout: TIME_BUDGETS.lock,
  statement_timeout: 0,
  idle_in_transaction_session_timeout: TIME_BUDGETS.idleInTransaction,
  tcp_user_timeout: TIME_BUDGETS.silence,
  ...PLANNING,
  // A rebuild joins arrays of whole portions, which have no index.
  enable_hashjoin: 'on',
});

/** For migrations, which may take long. migration-lock.ts limits how long they wait for locks. */
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

/**
 * What every connection of the product tells the server at its start. Server settings, because a client that is frozen or cut
 * off can no longer keep its own promises, while its transaction still holds row locks.
 *
 * Startup options do not pass every pooler: PgBouncer refuses them unless `ignore_startup_parameters` lists `options`, and then
 * ignores the budgets and the role. Connect to Postgres itself.
 */

/** The role that the product works as. Migrations create it; it can read and write rows, and no more. */
export const PROCESSOR_ROLE = 'runclose_processor';

/** Milliseconds, each shorter than the next: a lock gives up before its statement, the statement before the connection. */
export const TIME_BUDGETS = {
  lock: 2_000,
  statement: 5_000,
  idleInTransaction: 5_000,
  /** Until a dead network is noticed: by the server (`tcp_user_timeout`), and by the client for each answer. */
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
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
  plan_cache_mode: 'force_custom_plan',
  jit: 'off',
};

/** The `options` of the startup message. */
export const processorOptions = (): string => optionsOf({ role: PROCESSOR_ROLE, ...SMALL_BATCHES });

/** For an operator's work in small batches, as the schema's owner: nobody is held up for longer than by a processor. */
export const smallBatchOptions = (): string => optionsOf(SMALL_BATCHES);

const SMALL_BATCHES = {
  search_path: 'runclose',
  lock_timeout: TIME_BUDGETS.lock,
  statement_timeout: TIME_BUDGETS.statement,
  idle_in_transaction_session_timeout: TIME_BUDGETS.idleInTransaction,
  tcp_user_timeout: TIME_BUDGETS.silence,
  ...PLANNING,
};

/**
 * For an operator's long work, as the schemas' owner: a statement may take its time. A lock is given up all the same, since
 * everybody else waits behind whoever waits for it.
 */
export const ownerOptions = (schema: string): string =>
  optionsOf({
    search_path: schema,
    lock_timeout: TIME_BUDGETS.lock,
    idle_in_transaction_session_timeout: TIME_BUDGETS.idleInTransaction,
    tcp_user_timeout: TIME_BUDGETS.silence,
    ...PLANNING,
    // What a rebuild joins in whole portions has no index.
    enable_hashjoin: 'on',
  });

const optionsOf = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');

/** Sent once connected, since servers before version 17 refuse the unknown setting. */
export const TRANSACTION_BUDGET = `
  SELECT set_config('transaction_timeout', '${TIME_BUDGETS.transaction}', false)
  WHERE current_setting('server_version_num')::int >= 170000 AND current_setting('statement_timeout') <> '0'`;

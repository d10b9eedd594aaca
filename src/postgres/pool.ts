/**
 * The connections of one command or processor, by default with the processor's role and time budgets. Creating a pool opens no connection;
 * the first query does. A connection is closed after any error. `end()` waits for queries in flight.
 */
import {
  createPool as createSlonikPool,
  type DatabasePool,
  type DatabaseTransactionConnection,
} from 'slonik';
import { dial } from './connection.ts';
import { createDriver } from './driver.ts';
import { withSlots } from './pool-slots.ts';
import { checkRows } from './row-check.ts';
import { type PostgresSettings, currentSettings, type Source } from './server-settings.ts';
import { beginSession } from './session-check.ts';
import {
  ownerSession,
  PROCESSOR_SESSION,
  SMALL_BATCH_SESSION,
  TIME_BUDGETS,
  type SessionSettings,
} from './session-settings.ts';

export type { PostgresSettings, Source } from './server-settings.ts';
export type Database = DatabasePool;
export type Transaction = DatabaseTransactionConnection;

/** @param name shown by `pg_stat_activity`, as in `runclose serve` */
export const createPool = (settings: Source<PostgresSettings>, name: string): Promise<Database> =>
  openPool(settings, name, PROCESSOR_SESSION, TIME_BUDGETS.silence);

/** For an operator's work in small batches that the processor's role may not do. Works as the owner of the schema. */
export const createSmallBatchPool = (settings: Source<PostgresSettings>, name: string): Promise<Database> =>
  openPool(settings, name, SMALL_BATCH_SESSION, TIME_BUDGETS.silence);

/** For an operator's long work in a schema. Works as the owner of the schema; see `ownerSession`. */
export const createOwnerPool = (
  settings: Source<PostgresSettings>,
  name: string,
  schema: string,
): Promise<Database> => openPool(settings, name, ownerSession(schema), MAX_STATEMENT_MS);

/** An hour. TCP keepalives notice a dead network earlier. */
const MAX_STATEMENT_MS = 60 * 60 * 1000;

const openPool = async (
  source: Source<PostgresSettings>,
  name: string,
  session: SessionSettings,
  silence: number,
): Promise<Database> => {
  const { poolSize } = currentSettings(source);
  const pool = await createSlonikPool(NOWHERE, {
    driverFactory: createDriver(
      () => dial(source, name, session),
      silence,
      (ask) => beginSession(ask, session),
    ),
    maximumPoolSize: poolSize,
    // No retries here: the callers have a breaker and a backoff of their own.
    connectionRetryLimit: 0,
    queryRetryLimit: 0,
    idleTimeout: 60_000,
    // The default, DISCARD ALL, costs a round trip, and drops the role and the prepared statements.
    resetConnection: () => Promise.resolve(),
    interceptors: [checkRows],
  });
  return withSlots(pool, { count: poolSize, patienceMs: silence });
};

/** slonik requires an address, but only its own driver uses one. */
const NOWHERE = 'postgres://';

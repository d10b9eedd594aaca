import { sql } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import { withPostgresFailure } from '../failures.ts';
import type { Database, Transaction } from '../pool.ts';

/** The schema in which a rebuild works. */
export const SHADOW_SCHEMA = 'runclose_shadow';

/** The advisory lock of a running rebuild. Any number that no other program uses in this database. */
export const REBUILD_LOCK = '7238746982375';

export const rebuildRunning = (): Failure =>
  new Failure(
    'fatal',
    'REBUILD_RUNNING',
    'a rebuild of this database is running: run this again when it has ended',
  );

export const shadowMoved = (): Failure =>
  new Failure(
    'fatal',
    'SHADOW_MOVED',
    'another rebuild has changed the schema that this rebuild works in: start again with --restart',
  );

/**
 * Fatal while a rebuild runs, or if a rebuild has left its schema: the schema may hold the personal data that is to be redacted, and a swap
 * would bring that data back. No rebuild can start before this transaction ends.
 */
export const keepRebuildOut = async (transaction: Transaction): Promise<void> => {
  const isFree = await transaction.oneFirst(sql.type(z.object({ free: z.boolean() }))`
    SELECT pg_try_advisory_xact_lock_shared(${REBUILD_LOCK}::bigint) AS free`);
  if (!isFree) throw rebuildRunning();
  if (await isRebuildLeft(transaction))
    throw new Failure(
      'fatal',
      'REBUILD_LEFT',
      'an earlier rebuild has left its schema, which may hold the personal data to forget: run `runclose replay rebuild --drop`, then this command again',
    );
};

/** Whether the schema of a rebuild exists, whether or not the rebuild is still running. */
export const isRebuildLeft = (connection: Database | Transaction): Promise<boolean> =>
  withPostgresFailure('looking for the schema of a rebuild', () =>
    connection.oneFirst(sql.type(z.object({ left: z.boolean() }))`
      SELECT to_regclass(${`${SHADOW_SCHEMA}.rebuild`}) IS NOT NULL AS left`),
  );

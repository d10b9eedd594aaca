import { sql } from 'slonik';
import { withPostgresFailure } from '../failures.ts';
import type { Database, Transaction } from '../pool.ts';
import { keepRebuildOut } from '../rebuild/rebuild-lock.ts';
import {
  type EmittedByNow,
  type ForgettingScope,
  type Place,
  readPage,
  type StoredBodies,
} from './read-page.ts';
import { type RewrittenBodies, writeForgotten } from './write-forgotten.ts';

export type PageRequest = {
  readonly scope: ForgettingScope;
  /** The only channel; undefined: all channels. */
  readonly channelId: string | undefined;
  /** The last row of the previous page. */
  readonly after: Place;
  readonly emittedByNow: EmittedByNow;
  /** `dry` writes nothing. */
  readonly mode: 'dry' | 'write';
};

export type ForgottenPage = {
  /** The number of rows that were read. */
  readonly rows: number;
  /** Null: this was the last page. */
  readonly last: Place | null;
};

/**
 * Redacts one small page in one transaction: if the process is killed, the bodies stay as they were.
 *
 * @param forget gets the bodies with data to redact, and returns their replacements
 */
export const forgetPage = (
  pool: Database,
  { scope, channelId, after, emittedByNow, mode }: PageRequest,
  forget: (due: readonly StoredBodies[]) => readonly RewrittenBodies[],
): Promise<ForgottenPage> =>
  withPostgresFailure('forgetting personal data in stored decisions', () =>
    pool.transaction(async (transaction) => {
      if (mode === 'write') await lockOutOthers(transaction);
      const { due, rows, last } = await readPage(transaction, scope, channelId, after, emittedByNow);
      const rewritten = forget(due);
      if (mode === 'write' && rewritten.length > 0) await writeForgotten(transaction, scope, rewritten);
      return { rows, last };
    }),
  );

/**
 * Takes the lock under which days are created and dropped, so that no row moves meanwhile. The lock also keeps another `forget` or `purge`
 * out: of two, the last one to write would bring back data that the other has redacted. A rebuild is kept out for the same reason. No batch
 * of a processor waits for these locks.
 */
const lockOutOthers = async (transaction: Transaction): Promise<void> => {
  await keepRebuildOut(transaction);
  await transaction.query(sql.unsafe`SELECT pg_advisory_xact_lock('decision_event'::regclass::bigint)`);
};

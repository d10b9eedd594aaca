import { sql } from 'slonik';
import { during } from '../failures.ts';
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
  /** This channel only; undefined: all. */
  readonly channelId: string | undefined;
  /** The end of the page before. */
  readonly after: Place;
  readonly emittedByNow: EmittedByNow;
  /** Dry: nothing is written. */
  readonly mode: 'dry' | 'write';
};

export type ForgottenPage = {
  /** How many rows it has looked at. */
  readonly rows: number;
  /** Null: there are no more. */
  readonly last: Place | null;
};

/**
 * One small batch, one transaction: whoever is killed in it leaves the bodies as they were. `forget` is given those that are due,
 * and says what to put in their place.
 */
export const forgetPage = (
  pool: Database,
  { scope, channelId, after, emittedByNow, mode }: PageRequest,
  forget: (due: readonly StoredBodies[]) => readonly RewrittenBodies[],
): Promise<ForgottenPage> =>
  during('forgetting personal data in stored decisions', () =>
    pool.transaction(async (transaction) => {
      if (mode === 'write') await lockOutOthers(transaction);
      const { due, rows, last } = await readPage(transaction, scope, channelId, after, emittedByNow);
      const rewritten = forget(due);
      if (mode === 'write' && rewritten.length > 0) await writeForgotten(transaction, scope, rewritten);
      return { rows, last };
    }),
  );

/**
 * The lock under which days are created and dropped: no row moves meanwhile, and nobody else forgets, or the last to write would
 * bring back what the other has taken out; nor does a rebuild put bodies back. No batch of a processor waits for it.
 */
const lockOutOthers = async (transaction: Transaction): Promise<void> => {
  await keepRebuildOut(transaction);
  await transaction.query(sql.unsafe`SELECT pg_advisory_xact_lock('decision_event'::regclass::bigint)`);
};

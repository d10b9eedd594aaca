import { sql } from 'slonik';
import { textArray } from '../binary-arrays.ts';
import type { Transaction } from '../pool.ts';

/**
 * Locks the ledgers, and creates the missing ones, which start empty. One upsert handles row after row in key order, so two batches cannot
 * deadlock, even if both create the same ledgers: the second one waits for the first one's commit.
 *
 * The upsert locks an existing row but leaves it as it is, because its condition is false. It cannot return the row either. So the next
 * statement reads the ledgers, and sees everything that the previous holders of the locks have committed.
 */
export const lockLedgers = async (transaction: Transaction, channelIds: readonly string[]): Promise<void> => {
  await transaction.query(sql.unsafe`
    INSERT INTO channel_ledger AS l (channel_id)
    SELECT channel_id FROM unnest(${textArray(channelIds)}::text[]) AS c (channel_id)
    ORDER BY channel_id COLLATE "C"
    ON CONFLICT (channel_id) DO UPDATE SET revision = l.revision WHERE false`);
};

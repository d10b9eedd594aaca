import { sql } from 'slonik';
import { textArray } from '../binary-arrays.ts';
import type { Database } from '../pool.ts';

/**
 * Creates empty ledgers for channels that have none. Runs outside the batch's transaction: a row that is inserted inside would be locked
 * out of key order, and two batches could deadlock. An empty ledger means the same as no ledger, so it may stay if the batch fails.
 */
export const createLedgers = async (pool: Database, channelIds: readonly string[]): Promise<void> => {
  await pool.query(sql.unsafe`
    INSERT INTO channel_ledger (channel_id)
    SELECT channel_id FROM unnest(${textArray(channelIds)}::text[]) AS c (channel_id)
    ORDER BY channel_id COLLATE "C"
    ON CONFLICT DO NOTHING`);
};

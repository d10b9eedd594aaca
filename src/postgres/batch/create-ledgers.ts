import { sql } from 'slonik';
import { textArray } from '../binary-arrays.ts';
import type { Database } from '../pool.ts';

/**
 * Empty ledgers for channels that have none. Outside of the batch's transaction: a row made inside it would be locked out of key
 * order, and an empty ledger says the same as none.
 */
export const createLedgers = async (pool: Database, channelIds: readonly string[]): Promise<void> => {
  await pool.query(sql.unsafe`
    INSERT INTO channel_ledger (channel_id)
    SELECT channel_id FROM unnest(${textArray(channelIds)}::text[]) AS c (channel_id)
    ORDER BY channel_id COLLATE "C"
    ON CONFLICT DO NOTHING`);
};

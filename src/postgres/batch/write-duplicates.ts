import { sql } from 'slonik';
import type { SeenAgain } from '../../processor/ports/decision-store.ts';
import { bigintArray, textArray } from '../binary-arrays.ts';
import type { Transaction } from '../pool.ts';

/** Ignores conflicts: a duplicate that is delivered again is already stored. */
export const writeDuplicates = async (
  transaction: Transaction,
  sourceId: number,
  duplicates: readonly SeenAgain[],
): Promise<void> => {
  await transaction.query(sql.unsafe`
    INSERT INTO duplicate_command (channel_id, command_id, source_id, source_offset)
    SELECT d.channel_id, d.command_id, ${sourceId}::integer, d.source_offset
    FROM unnest(
      ${textArray(duplicates.map((duplicate) => duplicate.channelId))}::text[],
      ${textArray(duplicates.map((duplicate) => duplicate.commandId))}::text[],
      ${bigintArray(duplicates.map((duplicate) => duplicate.offset))}::bigint[]
    ) AS d (channel_id, command_id, source_offset)
    ON CONFLICT DO NOTHING`);
};

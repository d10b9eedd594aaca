import { sql, type FragmentSqlToken } from 'slonik';
import type { SeenAgain } from '../../processor/ports/decision-store.ts';
import { bigintArray, textArray } from '../binary-arrays.ts';

/** Ignores conflicts: a duplicate that is delivered again is already stored. */
export const insertDuplicates = (sourceId: number, duplicates: readonly SeenAgain[]): FragmentSqlToken =>
  sql.fragment`
    INSERT INTO duplicate_command (channel_id, command_id, source_id, source_offset)
    SELECT d.channel_id, d.command_id, ${sourceId}::integer, d.source_offset
    FROM unnest(
      ${textArray(duplicates.map((duplicate) => duplicate.channelId))}::text[],
      ${textArray(duplicates.map((duplicate) => duplicate.commandId))}::text[],
      ${bigintArray(duplicates.map((duplicate) => duplicate.offset))}::bigint[]
    ) AS d (channel_id, command_id, source_offset)
    ON CONFLICT DO NOTHING`;

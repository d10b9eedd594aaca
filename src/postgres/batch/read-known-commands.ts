import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import type { Claim, StoredDecision } from '../../processor/ports/decision-store.ts';
import { textArray } from '../binary-arrays.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import { jsonBytes } from './json-rows.ts';

/**
 * Selects the stored decisions on commands. There is one if a command was published before, or if its record is delivered again. For
 * `jsonRows`.
 */
export const knownCommands = (
  { clusterId, topic }: LeaseScope,
  claims: readonly Pick<Claim, 'channelId' | 'commandId'>[],
): FragmentSqlToken => sql.fragment`
  SELECT d.channel_id, d.command_id, d.content_hash, s.partition,
    CASE WHEN s.partition IS NOT NULL THEN d.source_offset END AS source_offset
  FROM unnest(
    ${textArray(claims.map((claim) => claim.channelId))}::text[],
    ${textArray(claims.map((claim) => claim.commandId))}::text[]
  ) AS c (channel_id, command_id)
  JOIN decision d USING (channel_id, command_id)
  LEFT JOIN partition_lease s
    ON s.source_id = d.source_id AND s.cluster_id = ${clusterId} AND s.topic = ${topic}`;

export const knownCommandRow = z
  .object({
    channel_id: z.string(),
    command_id: z.string(),
    content_hash: jsonBytes,
    partition: z.number().nullable(),
    source_offset: z.number().nullable(),
  })
  .transform((row): StoredDecision => ({
    channelId: row.channel_id,
    commandId: row.command_id,
    contentHash: row.content_hash,
    partition: row.partition,
    offset: row.source_offset,
  }));

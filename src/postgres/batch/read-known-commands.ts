import { sql } from 'slonik';
import { z } from 'zod';
import type { Claim, StoredDecision } from '../../processor/ports/decision-store.ts';
import { textArray } from '../binary-arrays.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Database, Transaction } from '../pool.ts';

/** Stored decisions on commands of the batch. There is one if a command was published before, or if its record is delivered again. */
export const readKnownCommands = async (
  transaction: Database | Transaction,
  { clusterId, topic }: LeaseScope,
  claims: readonly Pick<Claim, 'channelId' | 'commandId'>[],
): Promise<readonly StoredDecision[]> => {
  const rows = await transaction.any(sql.type(knownRow)`
    SELECT d.channel_id, d.command_id, d.content_hash, s.partition,
      CASE WHEN s.partition IS NOT NULL THEN d.source_offset END AS source_offset
    FROM unnest(
      ${textArray(claims.map((claim) => claim.channelId))}::text[],
      ${textArray(claims.map((claim) => claim.commandId))}::text[]
    ) AS c (channel_id, command_id)
    JOIN decision d USING (channel_id, command_id)
    LEFT JOIN partition_lease s
      ON s.source_id = d.source_id AND s.cluster_id = ${clusterId} AND s.topic = ${topic}`);
  return rows.map((row) => ({
    channelId: row.channel_id,
    commandId: row.command_id,
    contentHash: row.content_hash,
    partition: row.partition,
    offset: row.source_offset,
  }));
};

const knownRow = z.object({
  channel_id: z.string(),
  command_id: z.string(),
  content_hash: z.instanceof(Buffer),
  partition: z.number().nullable(),
  source_offset: z.number().nullable(),
});

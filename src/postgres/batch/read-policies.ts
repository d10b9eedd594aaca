import { sql } from 'slonik';
import type { ChannelPolicy } from '../../domain/channel-policy.ts';
import { integerArray, textArray } from '../binary-arrays.ts';
import { policyColumns, policyFromRow, policyRow } from '../policy-row.ts';
import type { Transaction } from '../pool.ts';

/** Reads the policy versions that the locked ledgers name. `versions` contains only channels that somebody has configured. */
export const readPolicies = async (
  transaction: Transaction,
  versions: readonly (readonly [channelId: string, version: number])[],
): Promise<ReadonlyMap<string, ChannelPolicy>> => {
  if (versions.length === 0) return new Map();
  const channelIds = textArray(versions.map(([channelId]) => channelId));
  const numbers = integerArray(versions.map(([, version]) => version));
  const rows = await transaction.any(sql.type(policyRow)`
    SELECT ${policyColumns}
    FROM unnest(${channelIds}::text[], ${numbers}::integer[]) AS wanted (channel_id, version)
    JOIN channel_policy p USING (channel_id, version)`);
  return new Map(rows.map((row) => [row.channel_id, policyFromRow(row)]));
};

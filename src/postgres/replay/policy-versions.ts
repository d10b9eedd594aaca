import { sql } from 'slonik';
import { z } from 'zod';
import type { PolicyVersion } from '../../replay/history.ts';
import { withPostgresFailure } from '../failures.ts';
import { policyColumns, policyFromRow, policyRow } from '../policy-row.ts';
import type { Database, Transaction } from '../pool.ts';

/** All policy versions of all channels: channel by channel, the oldest first. */
export const readPolicyVersions = (connection: Database | Transaction): Promise<readonly PolicyVersion[]> =>
  withPostgresFailure('reading the policies of all channels', async () => {
    const rows = await connection.any(sql.type(policyRow.extend({ after_revision: z.number() }))`
      SELECT ${policyColumns}, after_revision FROM runclose.channel_policy ORDER BY channel_id, version`);
    return rows.map((row) => ({
      channelId: row.channel_id,
      policy: policyFromRow(row),
      afterRevision: row.after_revision,
    }));
  });

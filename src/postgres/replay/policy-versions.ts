import { sql } from 'slonik';
import { z } from 'zod';
import type { PolicyVersion } from '../../replay/history.ts';
import { during } from '../failures.ts';
import { policyColumns, policyFromRow, policyRow } from '../policy-row.ts';
import type { Database } from '../pool.ts';

/** Every version of every channel's policy, channel by channel, the oldest first. */
export const readPolicyVersions = (pool: Database): Promise<readonly PolicyVersion[]> =>
  during('reading the policies of all channels', async () => {
    const rows = await pool.any(sql.type(policyRow.extend({ after_revision: z.number() }))`
      SELECT ${policyColumns}, after_revision FROM channel_policy ORDER BY channel_id, version`);
    return rows.map((row) => ({
      channelId: row.channel_id,
      policy: policyFromRow(row),
      afterRevision: row.after_revision,
    }));
  });

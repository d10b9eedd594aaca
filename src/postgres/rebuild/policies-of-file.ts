/**
 * The policy versions in a file of `replay export`. If the store has lost versions, the rebuild decides under the versions of the file, and
 * the swap puts them back into the store. The file does not say who made a version, or when.
 */
import { sql } from 'slonik';
import { z } from 'zod';
import type { PolicyVersion } from '../../replay/history.ts';
import { withPostgresFailure } from '../failures.ts';
import { policyColumns } from '../policy-row.ts';
import type { Database, Transaction } from '../pool.ts';

export type PolicyPlace = z.infer<typeof placeRow>;

/** Versions with other settings in the store than in the file. */
export const policiesThatDiffer = (
  shadow: Database,
  policies: readonly PolicyVersion[],
): Promise<readonly PolicyPlace[]> =>
  withPostgresFailure('comparing the policies of the file with those that are stored', () =>
    shadow.any(sql.type(placeRow)`
      SELECT channel_id, version FROM (
        SELECT ${columns} FROM ${fromFile(policies)} EXCEPT SELECT ${columns} FROM runclose.channel_policy
      ) AS f
      JOIN runclose.channel_policy USING (channel_id, version)
      ORDER BY channel_id, version`),
  );

/**
 * Remembers the versions that the store does not have.
 *
 * @returns how many of them come too late: they are new to the rebuild, but should have applied to commands that it has already decided
 */
export const rememberPoliciesOfFile = (
  shadow: Database,
  policies: readonly PolicyVersion[],
): Promise<number> =>
  withPostgresFailure('remembering the policies of the file', () =>
    shadow.oneFirst(sql.type(z.object({ late: z.number() }))`
      WITH remembered AS (
        INSERT INTO rebuild_policy (${columns}, changed_by, changed_at)
        SELECT ${columns}, 'replay rebuild --file', now() FROM ${fromFile(policies)}
        WHERE NOT EXISTS (
          SELECT FROM runclose.channel_policy p WHERE p.channel_id = f.channel_id AND p.version = f.version)
        ON CONFLICT DO NOTHING
        RETURNING channel_id, after_revision
      )
      SELECT count(*) AS late FROM remembered r JOIN channel_ledger l USING (channel_id)
      WHERE r.after_revision < l.revision`),
  );

/** The number of remembered versions that the store does not have. */
export const countPoliciesToRestore = (shadow: Database): Promise<number> =>
  withPostgresFailure('counting the policies that only the file has', () =>
    shadow.oneFirst(sql.type(z.object({ count: z.number() }))`
      SELECT count(*) AS count FROM rebuild_policy r
      WHERE NOT EXISTS (
        SELECT FROM runclose.channel_policy p WHERE p.channel_id = r.channel_id AND p.version = r.version)`),
  );

/** Puts the remembered versions back into the store. */
export const restorePolicies = async (transaction: Transaction): Promise<void> => {
  await transaction.query(sql.unsafe`
    INSERT INTO runclose.channel_policy SELECT * FROM rebuild_policy ON CONFLICT DO NOTHING`);
};

const placeRow = z.object({ channel_id: z.string(), version: z.number() });

const columns = sql.fragment`${policyColumns}, after_revision`;

const fromFile = (policies: readonly PolicyVersion[]) => {
  const rows = policies.map(({ channelId, policy, afterRevision }) => ({
    channel_id: channelId,
    version: policy.version,
    enabled: policy.enabled,
    policy: policy.policy,
    window_runs: policy.windowRuns,
    repeat: policy.repeat,
    admin_user_ids: policy.adminUserIds,
    reminders_enabled: policy.remindersEnabled,
    reminder_offset_minutes: policy.reminderOffsetMinutes,
    retention_days: policy.retentionDays,
    after_revision: afterRevision,
  }));
  return sql.fragment`jsonb_populate_recordset(NULL::runclose.channel_policy, ${JSON.stringify(rows)}::jsonb) AS f`;
};

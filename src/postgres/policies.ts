import { sql } from 'slonik';
import { z } from 'zod';
import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy, type PolicySettings } from '../domain/channel-policy.ts';
import { withPostgresFailure } from './failures.ts';
import { policyColumns, policyFromRow, policyRow } from './policy-row.ts';
import type { Database, Transaction } from './pool.ts';

export type PolicyVersion = {
  readonly policy: ChannelPolicy;
  /** The ledger's revision after which it applies. */
  readonly afterRevision: number;
  /** The first run of the channel that this version can decide. */
  readonly fromSequence: number;
  readonly by: string;
  /** Milliseconds. */
  readonly changedAt: number;
};

export type PolicyChange = { readonly policy: ChannelPolicy; readonly changed: boolean };

/** A channel's current policy. The default policy if nobody has configured the channel. */
export const getPolicy = (pool: Database, channelId: string): Promise<ChannelPolicy> =>
  withPostgresFailure(`reading the policy of channel ${channelId}`, () => latestPolicy(pool, channelId));

export type PolicyChangeRequest = {
  readonly channelId: string;
  readonly changes: Partial<PolicySettings>;
  readonly by: string;
};

/**
 * Stores a new version with these changes, which applies to every later decision. Stores nothing if the settings stay the same. Like a
 * decision, holds the lock of the channel's ledger, so that each decision is made under exactly one version.
 */
export const setPolicy = (
  pool: Database,
  { channelId, changes, by }: PolicyChangeRequest,
): Promise<PolicyChange> =>
  withPostgresFailure(`changing the policy of channel ${channelId}`, () =>
    pool.transaction(async (transaction) => {
      await transaction.query(
        sql.unsafe`INSERT INTO channel_ledger (channel_id) VALUES (${channelId}) ON CONFLICT DO NOTHING`,
      );
      await transaction.one(
        sql.unsafe`SELECT FROM channel_ledger WHERE channel_id = ${channelId} FOR NO KEY UPDATE`,
      );
      const before = await latestPolicy(transaction, channelId);
      const policy = { ...before, ...changes, version: before.version + 1 };
      if (sameSettings(before, policy)) return { policy: before, changed: false };
      await appendVersion(transaction, { channelId, policy, by });
      return { policy, changed: true };
    }),
  );

/** All versions of a channel's policy, the oldest first. */
export const policyHistory = (pool: Database, channelId: string): Promise<readonly PolicyVersion[]> =>
  withPostgresFailure(`reading the policies of channel ${channelId}`, async () => {
    const rows = await pool.any(sql.type(versionRow)`
      SELECT ${policyColumns}, after_revision, changed_by, changed_at,
        (SELECT coalesce(max(d.sequence), 0) + 1 FROM decision d
         WHERE d.channel_id = channel_policy.channel_id AND d.revision <= after_revision) AS from_sequence
      FROM channel_policy WHERE channel_id = ${channelId} ORDER BY version`);
    return rows.map((row) => ({
      policy: policyFromRow(row),
      afterRevision: row.after_revision,
      fromSequence: row.from_sequence,
      by: row.changed_by,
      changedAt: row.changed_at,
    }));
  });

const versionRow = policyRow.extend({
  after_revision: z.number(),
  from_sequence: z.number(),
  changed_by: z.string(),
  changed_at: z.number(),
});

const latestPolicy = async (
  connection: Database | Transaction,
  channelId: string,
): Promise<ChannelPolicy> => {
  const row = await connection.maybeOne(sql.type(policyRow)`
    SELECT ${policyColumns} FROM channel_policy WHERE channel_id = ${channelId} ORDER BY version DESC LIMIT 1`);
  return row === null ? DEFAULT_CHANNEL_POLICY : policyFromRow(row);
};

/** A policy change is a revision of its own. The new policy applies after the previous revision; up to there, the old policy decided. */
const appendVersion = async (
  transaction: Transaction,
  {
    channelId,
    policy,
    by,
  }: { readonly channelId: string; readonly policy: ChannelPolicy; readonly by: string },
): Promise<void> => {
  const revision = await transaction.oneFirst(sql.type(z.object({ revision: z.number() }))`
    UPDATE channel_ledger SET revision = revision + 1, policy_version = ${policy.version}
    WHERE channel_id = ${channelId} RETURNING revision`);
  await transaction.query(sql.unsafe`
    INSERT INTO channel_policy (${policyColumns}, after_revision, changed_by)
    VALUES (${channelId}, ${policy.version}, ${policy.enabled}, ${policy.policy}, ${policy.windowRuns}, ${policy.repeat},
      ${sql.array([...policy.adminUserIds], 'text')}, ${policy.remindersEnabled}, ${policy.reminderOffsetMinutes},
      ${policy.retentionDays}, ${revision - 1}, ${by})`);
};

const sameSettings = (one: ChannelPolicy, other: ChannelPolicy): boolean =>
  JSON.stringify({ ...one, version: 0 }) === JSON.stringify({ ...other, version: 0 });

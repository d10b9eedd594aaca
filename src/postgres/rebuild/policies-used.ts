import { sql } from 'slonik';
import { z } from 'zod';
import type { PolicyVersion } from '../../replay/history.ts';
import { withPostgresFailure } from '../failures.ts';
import { policyColumns, policyFromRow, policyRow } from '../policy-row.ts';
import type { Database, Transaction } from '../pool.ts';

/** All policy versions: those of the store, and those that only a file has. Channel by channel, the oldest first. */
export const readPoliciesOfRebuild = (
  connection: Database | Transaction,
): Promise<readonly PolicyVersion[]> =>
  withPostgresFailure('reading the policies of the rebuild', async () => {
    const rows = await connection.any(sql.type(policyRow.extend({ after_revision: z.number() }))`
      SELECT ${policyColumns}, after_revision FROM runclose.channel_policy
      UNION ALL
      SELECT ${policyColumns}, after_revision FROM rebuild_policy r
      WHERE NOT EXISTS (
        SELECT FROM runclose.channel_policy p WHERE p.channel_id = r.channel_id AND p.version = r.version)
      ORDER BY channel_id, version`);
    return rows.map((row) => ({
      channelId: row.channel_id,
      policy: policyFromRow(row),
      afterRevision: row.after_revision,
    }));
  });

/** Remembers the policies that the rebuild decides under from now on. */
export const rememberPolicies = (shadow: Database): Promise<void> =>
  withPostgresFailure('remembering the policies of the rebuild', async () => {
    await shadow.query(sql.unsafe`
      INSERT INTO channel_policy SELECT * FROM runclose.channel_policy ON CONFLICT DO NOTHING`);
  });

/**
 * True if a policy version that the rebuild used was changed or removed since then. Also true if a version was added that should have
 * applied to commands that are already decided, for example because somebody restored policies from a backup. A version that the rebuild
 * has from a file may be added, if its settings are the same.
 */
export const havePoliciesChanged = (shadow: Database): Promise<boolean> =>
  withPostgresFailure('comparing the policies with those of the rebuild', () =>
    shadow.oneFirst(sql.type(z.object({ changed: z.boolean() }))`
      SELECT EXISTS (
        SELECT FROM channel_policy s
        LEFT JOIN runclose.channel_policy p USING (channel_id, version)
        WHERE s IS DISTINCT FROM p
      ) OR EXISTS (
        SELECT FROM runclose.channel_policy p
        JOIN channel_ledger l USING (channel_id)
        WHERE p.after_revision < l.revision
          AND NOT EXISTS (SELECT FROM channel_policy s WHERE s.channel_id = p.channel_id AND s.version = p.version)
          AND NOT EXISTS (SELECT FROM rebuild_policy r WHERE r.channel_id = p.channel_id AND r.version = p.version)
      ) OR EXISTS (
        SELECT FROM (
          SELECT ${policyColumns}, after_revision FROM rebuild_policy
          EXCEPT SELECT ${policyColumns}, after_revision FROM runclose.channel_policy
        ) AS r
        JOIN runclose.channel_policy p USING (channel_id, version)
      ) AS changed`),
  );

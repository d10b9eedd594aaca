import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../../domain/channel-policy.ts';
import type { LedgerHead } from '../../domain/ledger.ts';
import { textArray } from '../binary-arrays.ts';
import { policyFromRow, policyRow } from '../policy-row.ts';
import { ringFromText } from '../ring.ts';

export type LockedLedger = {
  readonly head: LedgerHead;
  readonly revision: number;
  readonly policy: ChannelPolicy;
};

/** One row with a list per column, in the same order. Each ledger names the policy version that applies; most channels have none. */
export const ledgerColumns = (channelIds: readonly string[]): FragmentSqlToken => sql.fragment`
  SELECT json_agg(l.channel_id) AS channel_ids, array_agg(l.sequence) AS sequences, array_agg(l.revision) AS revisions,
    json_agg(l.previous_runner) AS previous_runners, json_agg(l.ring) AS rings,
    json_agg(CASE WHEN l.policy_version > 0 THEN (
      SELECT to_json(p) FROM channel_policy p WHERE p.channel_id = l.channel_id AND p.version = l.policy_version
    ) END) AS policies
  FROM unnest(${textArray(channelIds)}::text[]) AS c (channel_id)
  JOIN channel_ledger l USING (channel_id)`;

/** Null: nobody has configured the channel. */
export const policies = z.array(policyRow.nullable()).nullable();

/** Null if the batch names no channel. */
export type LedgerColumns = {
  readonly channel_ids: readonly string[] | null;
  readonly sequences: readonly number[];
  readonly revisions: readonly number[];
  readonly previous_runners: readonly (string | null)[];
  readonly rings: readonly string[];
  readonly policies: z.infer<typeof policies>;
};

export const ledgersOf = (columns: LedgerColumns): ReadonlyMap<string, LockedLedger> =>
  new Map(
    (columns.channel_ids ?? []).map((channelId, index) => [
      channelId,
      {
        head: {
          sequence: columns.sequences[index] as number,
          previousRunner: columns.previous_runners[index] as string | null,
          ring: ringFromText(columns.rings[index] as string),
        },
        revision: columns.revisions[index] as number,
        policy: policyOf(columns.policies?.[index] ?? null),
      },
    ]),
  );

const policyOf = (row: z.infer<typeof policyRow> | null): ChannelPolicy =>
  row === null ? DEFAULT_CHANNEL_POLICY : policyFromRow(row);

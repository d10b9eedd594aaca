import { sql } from 'slonik';
import { z } from 'zod';
import { bodiesOf, bodiesRow, forgottenRow } from './bodies.ts';

/** The columns of a decision, for a query that calls `decision` `d` and `decision_event` `e`. */
export const decisionColumns = sql.fragment`
  d.source_offset, d.channel_id, d.command_id, d.run_id, d.outcome, d.reason, d.sequence, d.runner_user_id,
  d.policy_version, d.revision, d.content_hash, e.closed, e.summary, e.rejected, e.packed, e.forgotten_at, e.forgotten_user_ids`;

export const decisionRow = bodiesRow.merge(forgottenRow).extend({
  source_offset: z.number(),
  channel_id: z.string(),
  command_id: z.string(),
  run_id: z.string(),
  outcome: z.enum(['closed', 'rejected']),
  reason: z.string(),
  sequence: z.number().nullable(),
  runner_user_id: z.string().nullable(),
  policy_version: z.number(),
  revision: z.number(),
  content_hash: z.instanceof(Buffer),
});

export const decisionOf = (row: z.infer<typeof decisionRow>) => ({
  channelId: row.channel_id,
  commandId: row.command_id,
  runId: row.run_id,
  outcome: row.outcome,
  reason: row.reason,
  sequence: row.sequence,
  runnerUserId: row.runner_user_id,
  policyVersion: row.policy_version,
  revision: row.revision,
  contentHash: row.content_hash,
  bodies: bodiesOf(row),
});

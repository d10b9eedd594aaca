import { sql } from 'slonik';
import { z } from 'zod';
import type { StoredDecisions } from '../../replay/ports.ts';
import { bodiesOf, bodiesRow, forgottenOf, forgottenRow } from '../bodies.ts';
import { during } from '../failures.ts';
import { ofPartition, type LeaseScope } from '../lease/lease-scope.ts';
import type { Database } from '../pool.ts';

/** The decisions that are stored on a topic's records. */
export const createStoredDecisions = (pool: Database, scope: LeaseScope): StoredDecisions => ({
  inRange: (partition, from, to) =>
    during(`reading the decisions on ${scope.topic}/${String(partition)} from ${String(from)}`, async () => {
      const rows = await pool.any(sql.type(row)`
        SELECT l.partition, d.source_offset, d.channel_id, d.command_id, d.run_id, d.outcome, d.reason, d.sequence,
          d.runner_user_id, d.policy_version, d.revision, d.content_hash, d.body_hash,
          e.closed, e.summary, e.rejected, e.forgotten_at, e.forgotten_user_ids
        FROM partition_lease l
        JOIN decision d ON d.source_id = l.source_id
        LEFT JOIN decision_event e USING (channel_id, command_id, stored_at)
        WHERE ${ofPartition(scope, partition)} AND d.source_offset >= ${from} AND d.source_offset < ${to}
        ORDER BY d.source_offset`);
      return rows.map((it) => ({
        partition: it.partition,
        offset: it.source_offset,
        channelId: it.channel_id,
        commandId: it.command_id,
        runId: it.run_id,
        outcome: it.outcome,
        reason: it.reason,
        sequence: it.sequence,
        runnerUserId: it.runner_user_id,
        policyVersion: it.policy_version,
        revision: it.revision,
        contentHash: it.content_hash,
        bodyHash: it.body_hash,
        bodies: bodiesOf(it),
        forgotten: forgottenOf(it),
      }));
    }),
});

const row = bodiesRow.merge(forgottenRow).extend({
  partition: z.number(),
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
  body_hash: z.instanceof(Buffer),
});

import { sql } from 'slonik';
import { z } from 'zod';
import type { StoredDecisions } from '../../replay/ports.ts';
import { forgottenOf } from '../bodies.ts';
import { decisionColumns, decisionOf, decisionRow } from '../decision-row.ts';
import { withPostgresFailure } from '../failures.ts';
import { ofPartition, type LeaseScope } from '../lease/lease-scope.ts';
import type { Database } from '../pool.ts';

/** The stored decisions on the records of a topic. */
export const createStoredDecisions = (pool: Database, scope: LeaseScope): StoredDecisions => ({
  inRange: ({ partition, from, to }) =>
    withPostgresFailure(
      `reading the decisions on ${scope.topic}/${String(partition)} from ${String(from)}`,
      async () => {
        const rows = await pool.any(sql.type(storedRow)`
        SELECT l.partition, d.body_hash, ${decisionColumns}
        FROM partition_lease l
        JOIN decision d ON d.source_id = l.source_id
        LEFT JOIN decision_event e USING (channel_id, command_id, stored_at)
        WHERE ${ofPartition(scope, partition)} AND d.source_offset >= ${from} AND d.source_offset < ${to}
        ORDER BY d.source_offset`);
        return rows.map((row) => ({
          ...decisionOf(row),
          partition: row.partition,
          offset: row.source_offset,
          bodyHash: row.body_hash,
          forgotten: forgottenOf(row),
        }));
      },
    ),
  ahead: () =>
    withPostgresFailure(`looking for decisions ahead of the processors of ${scope.topic}`, async () => {
      // Use one statement, which sees one moment: a decision and `next_offset` are committed together, so no processor can be behind one.
      const rows = await pool.any(sql.type(placeRow)`
        SELECT l.partition, d.source_offset, d.channel_id, d.command_id, d.run_id
        FROM partition_lease l
        JOIN decision d ON d.source_id = l.source_id
          AND d.source_offset >= coalesce(l.next_offset, l.given_up_before)
        WHERE l.cluster_id = ${scope.clusterId} AND l.topic = ${scope.topic}
        ORDER BY l.partition, d.source_offset LIMIT 1000`);
      return rows.map((row) => ({
        partition: row.partition,
        offset: row.source_offset,
        channelId: row.channel_id,
        commandId: row.command_id,
        runId: row.run_id,
      }));
    }),
});

const placeRow = z.object({
  partition: z.number(),
  source_offset: z.number(),
  channel_id: z.string(),
  command_id: z.string(),
  run_id: z.string(),
});

const storedRow = decisionRow.extend({ partition: z.number(), body_hash: z.instanceof(Buffer) });

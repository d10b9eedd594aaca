import { sql } from 'slonik';
import { z } from 'zod';
import type { Outcome } from '../../processor/ports/decision-store.ts';
import { withPostgresFailure } from '../failures.ts';
import { ofPartition, type LeaseScope } from '../lease/lease-scope.ts';
import type { Database } from '../pool.ts';

/** A decision whose events are gone, or redacted. */
export type NamedDecision = {
  readonly partition: number;
  readonly offset: number;
  readonly channelId: string;
  readonly runId: string;
};

export type DecisionsWanted = {
  readonly partition: number;
  readonly outcome: Outcome;
  /** Input offset, exclusive; null: up to everything that is known to be emitted. */
  readonly before: number | null;
  /** Milliseconds, compared with the time of storing; null: no limit. */
  readonly since: number | null;
  readonly until: number | null;
  readonly channelId: string | null;
  /** Counts at most this many, the latest ones. */
  readonly most: number;
  /** How many decisions to name. */
  readonly named: number;
};

/** Counts the decisions whose events were emitted, within the wanted range, and names the first of them. */
export const countEmittedDecisions = (
  pool: Database,
  scope: LeaseScope,
  wanted: DecisionsWanted,
): Promise<{ readonly count: number; readonly first: readonly NamedDecision[] }> =>
  withPostgresFailure(`counting the decisions on ${scope.topic}/${String(wanted.partition)}`, async () => {
    const { partition, outcome, before, since, until, channelId, most, named } = wanted;
    const rows = await pool.any(sql.type(countedRow)`
      SELECT found.*, count(*) OVER () AS total
      FROM (
        SELECT d.source_offset, d.channel_id, d.run_id
        FROM partition_lease l
        JOIN decision d ON d.source_id = l.source_id
        WHERE ${ofPartition(scope, partition)} AND d.outcome = ${outcome}
          AND d.source_offset < coalesce(${before}::bigint, l.emitted_through, 0)
          AND (${since}::bigint IS NULL OR d.stored_at >= to_timestamp(${since}::bigint / 1000.0))
          AND (${until}::bigint IS NULL OR d.stored_at < to_timestamp(${until}::bigint / 1000.0))
          AND (${channelId}::text IS NULL OR d.channel_id = ${channelId})
        ORDER BY d.source_offset DESC
        LIMIT ${most}
      ) found
      ORDER BY source_offset
      LIMIT ${named}`);
    return { count: rows[0]?.total ?? 0, first: rows.map((row) => decisionOf(partition, row)) };
  });

/** The decisions with redacted bodies, as long as Postgres keeps the bodies. */
export const readForgottenDecisions = (
  pool: Database,
  scope: LeaseScope,
  partition: number,
): Promise<readonly (NamedDecision & { readonly outcome: Outcome })[]> =>
  withPostgresFailure(
    `reading which decisions on ${scope.topic}/${String(partition)} were redacted`,
    async () => {
      const rows = await pool.any(sql.type(forgottenRow)`
      SELECT d.source_offset, d.channel_id, d.run_id, d.outcome
      FROM partition_lease l
      JOIN decision d ON d.source_id = l.source_id
      JOIN decision_event e USING (channel_id, command_id, stored_at)
      WHERE ${ofPartition(scope, partition)} AND e.forgotten_at IS NOT NULL
      ORDER BY d.source_offset`);
      return rows.map((row) => ({ ...decisionOf(partition, row), outcome: row.outcome }));
    },
  );

const decisionRow = z.object({
  source_offset: z.number(),
  channel_id: z.string(),
  run_id: z.string(),
});
const countedRow = decisionRow.extend({ total: z.number() });
const forgottenRow = decisionRow.extend({ outcome: z.enum(['closed', 'rejected']) });

const decisionOf = (
  partition: number,
  { source_offset, channel_id, run_id }: z.infer<typeof decisionRow>,
): NamedDecision => ({ partition, offset: source_offset, channelId: channel_id, runId: run_id });

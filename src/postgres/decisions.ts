import type { Position } from '../wire/position.ts';
import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import type { CommandKey, NewDecision, RunKey } from '../processor/ports/decision-store.ts';
import type { Forgotten } from '../replay/ports.ts';
import { forgottenOf, type forgottenRow, shortFingerprints } from './bodies.ts';
import { decisionColumns, decisionOf, decisionRow } from './decision-row.ts';
import { withPostgresFailure } from './failures.ts';
import type { Database } from './pool.ts';

/** Everything that is stored about a decision. `bodies` are empty after they were dropped. */
export type DecisionFacts = Omit<NewDecision, 'offset' | 'writtenWith'> & {
  readonly source: Position;
  /** Milliseconds. */
  readonly storedAt: number;
  /** Null: nothing was redacted. `at`: the time of the last redaction, in milliseconds. */
  readonly forgotten: { readonly at: number; readonly whose: Forgotten } | null;
  /** The fingerprints of the schemas that wrote the bodies, one after the other. */
  readonly schemaFingerprint: Buffer;
};

/** The decisions on a run, oldest first: rejections, and the close if there was one. */
export const decisionsOnRun = (
  pool: Database,
  { channelId, runId }: RunKey,
): Promise<readonly DecisionFacts[]> =>
  withPostgresFailure(`reading the decisions on run ${runId} of channel ${channelId}`, () =>
    readDecisions(pool, sql.fragment`d.channel_id = ${channelId} AND d.run_id = ${runId}`),
  );

/** The decision on a command. Null if the command is unknown, or was rejected as invalid or for reusing an id: that is not stored. */
export const decisionOnCommand = (
  pool: Database,
  { channelId, commandId }: CommandKey,
): Promise<DecisionFacts | null> =>
  withPostgresFailure(`reading the decision on command ${commandId} of channel ${channelId}`, async () => {
    const rows = await readDecisions(
      pool,
      sql.fragment`d.channel_id = ${channelId} AND d.command_id = ${commandId}`,
    );
    return rows[0] ?? null;
  });

/** The other positions at which a command was seen again. */
export const duplicatesOfCommand = (
  pool: Database,
  { channelId, commandId }: CommandKey,
): Promise<readonly (Position & { readonly seenAt: number })[]> =>
  withPostgresFailure(`reading the duplicates of command ${commandId} of channel ${channelId}`, async () => {
    const rows = await pool.any(sql.type(sourceRow.extend({ seen_at: z.number() }))`
      SELECT l.topic, l.partition, d.source_offset, d.seen_at
      FROM duplicate_command d JOIN partition_lease l USING (source_id)
      WHERE d.channel_id = ${channelId} AND d.command_id = ${commandId}
      ORDER BY d.seen_at, d.source_offset`);
    return rows.map((row) => ({ ...sourceOf(row), seenAt: row.seen_at }));
  });

const sourceRow = z.object({ topic: z.string(), partition: z.number(), source_offset: z.number() });

const sourceOf = ({ topic, partition, source_offset }: z.infer<typeof sourceRow>): Position => ({
  topic,
  partition,
  offset: source_offset,
});

const factsRow = decisionRow.merge(sourceRow).extend({
  stored_at: z.number(),
  schema_fingerprint: z.instanceof(Buffer),
});

const readDecisions = async (pool: Database, which: FragmentSqlToken): Promise<readonly DecisionFacts[]> => {
  const rows = await pool.any(sql.type(factsRow)`
    SELECT l.topic, l.partition, d.stored_at, d.schema_fingerprint, ${decisionColumns}
    FROM decision d
    JOIN partition_lease l USING (source_id)
    LEFT JOIN decision_event e USING (channel_id, command_id, stored_at)
    WHERE ${which}
    ORDER BY d.revision`);
  return rows.map((row) => ({
    ...decisionOf(row),
    source: sourceOf(row),
    storedAt: row.stored_at,
    forgotten: forgottenAt(row),
    schemaFingerprint: shortFingerprints(row.schema_fingerprint),
  }));
};

const forgottenAt = (row: z.infer<typeof forgottenRow>): DecisionFacts['forgotten'] => {
  const whose = forgottenOf(row);
  return row.forgotten_at === null || whose === null ? null : { at: row.forgotten_at, whose };
};

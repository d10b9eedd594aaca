import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import type { BatchRange, Bodies } from '../../processor/ports/decision-store.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import { bigintArray, textArray } from '../binary-arrays.ts';
import { bodiesOf, bodiesRow } from '../bodies.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Transaction } from '../pool.ts';
import { jsonBytes } from './json-rows.ts';

/** Selects the stored decisions on the records of a batch. Normally there are none. For `jsonRows`, beside a lease `l`. */
export const storedDecisions = ({ first, end }: BatchRange): FragmentSqlToken => sql.fragment`
  SELECT d.source_offset, d.channel_id, d.command_id, d.content_hash, d.stored_at::text AS stored_at, d.outcome,
    d.schema_fingerprint
  FROM decision d
  WHERE d.source_id = l.source_id AND d.source_offset >= ${first} AND d.source_offset < ${end}`;

export const storedRow = z.object({
  source_offset: z.number(),
  channel_id: z.string(),
  command_id: z.string(),
  content_hash: jsonBytes,
  // As text, which keeps the microseconds: `stored_at` decides which partition of the table holds the bodies.
  stored_at: z.string(),
  outcome: z.enum(['closed', 'rejected']),
  schema_fingerprint: jsonBytes,
});

export type StoredRow = z.infer<typeof storedRow>;

/**
 * By offset: the bodies of a record that was decided before. Stored decisions know their source (R3 of
 * docs/adr/0002-six-rules-for-effectively-once.md).
 *
 * Fatal if a stored body was redacted. Its record was already emitted, so meeting the record again means that the outputs lost its events,
 * and a redacted copy cannot replace them.
 */
export const readBodies = async (
  transaction: Transaction,
  { topic }: LeaseScope,
  { partition }: Lease,
  stored: readonly StoredRow[],
): Promise<ReadonlyMap<number, Bodies>> => {
  if (stored.length === 0) return new Map();
  const rows = await transaction.any(sql.type(storedBodiesRow)`
    SELECT s.source_offset, e.closed, e.summary, e.rejected, e.packed, e.forgotten_at IS NOT NULL AS forgotten
    FROM unnest(
      ${textArray(stored.map((row) => row.channel_id))}::text[],
      ${textArray(stored.map((row) => row.command_id))}::text[],
      ${textArray(stored.map((row) => row.stored_at))}::text[],
      ${bigintArray(stored.map((row) => row.source_offset))}::bigint[]
    ) AS s (channel_id, command_id, stored_at, source_offset)
    JOIN decision_event e
      ON e.channel_id = s.channel_id AND e.command_id = s.command_id AND e.stored_at = s.stored_at::timestamptz`);
  const forgotten = rows.find((row) => row.forgotten);
  if (forgotten !== undefined)
    throw new Failure(
      'fatal',
      'STORED_EVENTS_GONE',
      `the outputs have lost the events of ${topic}/${String(partition)}@${String(forgotten.source_offset)}, and the stored copies ` +
        'were redacted: restore the events in the outputs, or their row of decision_event, from a backup',
    );
  return new Map(rows.map((row) => [row.source_offset, bodiesOf(row)]));
};

const storedBodiesRow = bodiesRow.extend({ source_offset: z.number(), forgotten: z.boolean() });

import { sql } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import type { BatchRange, Bodies, StoredCommand } from '../../processor/ports/decision-store.ts';
import type { Fingerprints } from '../../processor/ports/record-codec.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import { bigintArray, textArray } from '../binary-arrays.ts';
import { bodiesOf, bodiesRow, fingerprintsOf } from '../bodies.ts';
import { leaseLost } from '../lease/lease-lost.ts';
import { standingAt, type LeaseScope } from '../lease/lease-scope.ts';
import type { Transaction } from '../pool.ts';

/** The stored decisions on the records of a batch. Normally there are none. */
export type Stored = {
  /** The key under which the store keeps positions of the batch's partition. */
  readonly sourceId: number;
  /**
   * By offset: the bodies of a record that was decided before. Stored decisions know their source (R3 of
   * docs/adr/0002-six-rules-for-effectively-once.md).
   */
  readonly emitted: ReadonlyMap<number, Bodies>;
  /** By offset: the schemas that wrote those bodies. */
  readonly writtenWith: ReadonlyMap<number, Fingerprints>;
  /** By offset: the command that the decision decides. */
  readonly commands: ReadonlyMap<number, StoredCommand>;
};

/**
 * A fenced failure if the lease is lost, or if the store has lost decisions from before the batch: without them, the batch would be decided
 * differently from the events that were emitted.
 *
 * Fatal if a stored body was redacted. Its record was already emitted, so meeting the record again means that the outputs lost its events,
 * and a redacted copy cannot replace them.
 */
export const readStored = async (
  transaction: Transaction,
  scope: LeaseScope,
  lease: Lease,
  range: BatchRange,
): Promise<Stored> => {
  const rows = await transaction.any(sql.type(storedRow)`
    SELECT l.source_id, d.source_offset, d.channel_id, d.command_id, d.content_hash, d.stored_at::text AS stored_at, d.outcome,
      d.schema_fingerprint
    FROM partition_lease l
    LEFT JOIN decision d
      ON d.source_id = l.source_id AND d.source_offset >= ${range.first} AND d.source_offset < ${range.end}
    WHERE ${standingAt(scope, lease, range)}`);
  const source = rows[0];
  if (source === undefined) throw await leaseLost(transaction, scope, lease);
  const stored = rows.filter(isDecision);
  return {
    sourceId: source.source_id,
    commands: new Map(
      stored.map(({ source_offset, channel_id, command_id, content_hash }) => [
        source_offset,
        { channelId: channel_id, commandId: command_id, contentHash: content_hash },
      ]),
    ),
    emitted: stored.length === 0 ? new Map() : await readBodies(transaction, scope, lease, stored),
    writtenWith: new Map(
      stored.map((row) => [row.source_offset, fingerprintsOf(row.outcome, row.schema_fingerprint)]),
    ),
  };
};

const storedRow = z.object({
  source_id: z.number(),
  source_offset: z.number().nullable(),
  channel_id: z.string().nullable(),
  command_id: z.string().nullable(),
  content_hash: z.instanceof(Buffer).nullable(),
  // As text, which keeps the microseconds: `stored_at` decides which partition of the table holds the bodies.
  stored_at: z.string().nullable(),
  outcome: z.enum(['closed', 'rejected']).nullable(),
  schema_fingerprint: z.instanceof(Buffer).nullable(),
});

type StoredRow = z.infer<typeof storedRow>;
type DecisionRow = { [K in keyof StoredRow]: NonNullable<StoredRow[K]> };

const isDecision = (row: StoredRow): row is DecisionRow => row.source_offset !== null;

const readBodies = async (
  transaction: Transaction,
  { topic }: LeaseScope,
  { partition }: Lease,
  stored: readonly DecisionRow[],
): Promise<ReadonlyMap<number, Bodies>> => {
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

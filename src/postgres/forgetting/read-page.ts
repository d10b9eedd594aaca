import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import { DEFAULT_CHANNEL_POLICY } from '../../domain/channel-policy.ts';
import type { Bodies } from '../../processor/ports/decision-store.ts';
import { bigintArray, integerArray } from '../binary-arrays.ts';
import { bodiesOf, bodiesRow, shortFingerprints } from '../bodies.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Transaction } from '../pool.ts';

/** Which personal data to redact. */
export type ForgettingScope =
  /** Everything that is older than its channel's retention. `shortestDays` is the shortest retention of any channel. */
  | { readonly kind: 'expired'; readonly shortestDays: number }
  | { readonly kind: 'person'; readonly userId: string };

/** How far Kafka knows that events were emitted, which may be more than Postgres knows. By partition: everything below `through`. */
export type EmittedByNow = { readonly scope: LeaseScope; readonly through: ReadonlyMap<number, number> };

export const KAFKA_UNKNOWN: EmittedByNow = { scope: { clusterId: '', topic: '' }, through: new Map() };

/** A row of `decision_event`. `storedAt` is text, which keeps the microseconds. */
export type Place = { readonly channelId: string; readonly commandId: string; readonly storedAt: string };

/** Sorts before every row, because no id is empty. */
export const BEGIN: Place = { channelId: '', commandId: '', storedAt: '-infinity' };

export type StoredBodies = Place & {
  readonly bodies: Bodies;
  /** Fingerprints of the schemas that wrote the bodies, one after the other; null: the bodies belong to no decision. */
  readonly schemaFingerprint: Buffer | null;
  /** `known`: emitted. `unknown`: maybe not emitted yet. `retired`: not known to be emitted, and due in a log that no longer counts. */
  readonly emission: 'known' | 'unknown' | 'retired';
};

export type Page = {
  /** The rows with data to redact. */
  readonly due: readonly StoredBodies[];
  readonly rows: number;
  readonly last: Place | null;
};

const PAGE = 200;

/**
 * The next rows in key order, across the days. The query limits the page first and looks for data to redact then. So a statement never
 * reads beyond its page, however many rows were already redacted.
 *
 * A decision counts as emitted if its offset is below `emitted_through` of its partition. This is safe:
 * - A partition's records are emitted in order. `advance-lease`, `record-emitted` and a rebuild only ever raise `emitted_through`, up to an
 *   offset for which Kafka has confirmed the transaction, or for which the outputs show the events. The outputs are the truth (R6 of
 *   docs/adr/0002-six-rules-for-effectively-once.md).
 * - A restored backup has an older, lower value, which is just as true. A retired lease keeps the value that its own cluster confirmed.
 * - Input that `accept-gap` skipped counts as emitted too, because no processor will emit it any more.
 * - Between its two commits, a decision's offset is never below `emitted_through`, whatever happens to the processor.
 */
export const readPage = async (
  transaction: Transaction,
  scope: ForgettingScope,
  channelId: string | undefined,
  after: Place,
  { scope: { clusterId, topic }, through }: EmittedByNow,
): Promise<Page> => {
  const rows = await transaction.any(sql.type(pageRow)`
    WITH page AS MATERIALIZED (
      SELECT e.*
      FROM decision_event e
      WHERE (e.channel_id, e.command_id, e.stored_at)
          > (${after.channelId}, ${after.commandId}, ${after.storedAt}::timestamptz)
        AND ${ofChannel(channelId)} AND ${inReach(scope)}
      ORDER BY e.channel_id, e.command_id, e.stored_at
      LIMIT ${PAGE}
    )
    SELECT p.channel_id, p.command_id, p.stored_at::text AS stored_at, it.due, d.schema_fingerprint,
      CASE WHEN it.due THEN p.closed END AS closed,
      CASE WHEN it.due THEN p.summary END AS summary,
      CASE WHEN it.due THEN p.rejected END AS rejected,
      CASE WHEN it.due THEN p.packed END AS packed,
      coalesce(d.source_offset < greatest(l.emitted_through, k.through), false) AS emitted, l.retired_at IS NOT NULL AS retired
    FROM page p
    CROSS JOIN LATERAL (SELECT coalesce(${isDue(scope)}, false) AS due) AS it
    LEFT JOIN decision d
      ON d.channel_id = p.channel_id AND d.command_id = p.command_id AND d.stored_at = p.stored_at
    LEFT JOIN partition_lease l ON l.source_id = d.source_id
    LEFT JOIN unnest(${integerArray([...through.keys()])}::integer[], ${bigintArray([...through.values()])}::bigint[])
        AS k (partition, through)
      ON k.partition = l.partition AND l.cluster_id = ${clusterId} AND l.topic = ${topic} AND l.retired_at IS NULL
    ORDER BY p.channel_id, p.command_id, p.stored_at`);
  const last = rows.at(-1);
  return {
    due: rows.filter((row) => row.due).map(storedBodiesOf),
    rows: rows.length,
    last: rows.length < PAGE || last === undefined ? null : placeOf(last),
  };
};

const ofChannel = (channelId: string | undefined): FragmentSqlToken =>
  channelId === undefined ? sql.fragment`true` : sql.fragment`e.channel_id = ${channelId}`;

/** Spares Postgres the days that are too young. */
export const inReach = (scope: ForgettingScope): FragmentSqlToken => {
  switch (scope.kind) {
    case 'expired':
      return sql.fragment`e.stored_at < now() - make_interval(days => ${scope.shortestDays}::integer)`;
    case 'person':
      return sql.fragment`true`;
  }
};

const isDue = (scope: ForgettingScope): FragmentSqlToken => {
  switch (scope.kind) {
    case 'expired':
      return sql.fragment`(p.forgotten_at IS NULL OR p.forgotten_user_ids IS NOT NULL)
        AND p.stored_at < now() - make_interval(days => coalesce(
          (SELECT c.retention_days FROM channel_policy c WHERE c.channel_id = p.channel_id ORDER BY c.version DESC LIMIT 1),
          ${DEFAULT_CHANNEL_POLICY.retentionDays}::integer))`;
    case 'person':
      return sql.fragment`p.forgotten_at IS NULL OR NOT ${scope.userId} = ANY(p.forgotten_user_ids)`;
  }
};

const pageRow = bodiesRow.extend({
  channel_id: z.string(),
  command_id: z.string(),
  stored_at: z.string(),
  due: z.boolean(),
  schema_fingerprint: z.instanceof(Buffer).nullable(),
  emitted: z.boolean(),
  retired: z.boolean(),
});

type PageRow = z.infer<typeof pageRow>;

const placeOf = ({ channel_id, command_id, stored_at }: PageRow): Place => ({
  channelId: channel_id,
  commandId: command_id,
  storedAt: stored_at,
});

const storedBodiesOf = (row: PageRow): StoredBodies => ({
  ...placeOf(row),
  bodies: bodiesOf(row),
  schemaFingerprint: row.schema_fingerprint && shortFingerprints(row.schema_fingerprint),
  emission: row.emitted ? 'known' : row.retired ? 'retired' : 'unknown',
});

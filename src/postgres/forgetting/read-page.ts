import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import { DEFAULT_CHANNEL_POLICY } from '../../domain/channel-policy.ts';
import type { Bodies } from '../../processor/ports/decision-store.ts';
import { bigintArray, integerArray } from '../binary-arrays.ts';
import { bodiesOf, bodiesRow, shortFingerprints } from '../bodies.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Transaction } from '../pool.ts';

/** What is to be forgotten. */
export type ForgettingScope =
  /** Everything that was stored longer ago than its channel's retention; `shortestDays` is the shortest of any channel. */
  | { readonly kind: 'expired'; readonly shortestDays: number }
  | { readonly kind: 'person'; readonly userId: string };

/** By partition, below which offset all is emitted, where Kafka knows of more than Postgres. */
export type EmittedByNow = { readonly scope: LeaseScope; readonly through: ReadonlyMap<number, number> };

export const NOTHING_MORE: EmittedByNow = { scope: { clusterId: '', topic: '' }, through: new Map() };

/** A row of `decision_event`; `storedAt` as text, so that the microseconds survive. */
export type Place = { readonly channelId: string; readonly commandId: string; readonly storedAt: string };

/** Before all rows: ids are not empty. */
export const BEGIN: Place = { channelId: '', commandId: '', storedAt: '-infinity' };

export type StoredBodies = Place & {
  readonly bodies: Bodies;
  /** Of the schemas that they were written with, one after the other; null: no decision belongs to them. */
  readonly schemaFingerprint: Buffer | null;
  /** Unknown: they may still be owed. Retired: they are owed to a cluster that no longer counts. */
  readonly emission: 'known' | 'unknown' | 'retired';
};

export type Page = {
  /** Those with something that is to be forgotten. */
  readonly due: readonly StoredBodies[];
  readonly rows: number;
  readonly last: Place | null;
};

const PAGE = 200;

/**
 * The next rows in key order, across the days. The page is cut before it is looked at, so that no statement reads further than it,
 * however much is forgotten already.
 *
 * Emitted is what lies below its partition's `emitted_through`, and that is safe: a partition's records are emitted in order, and
 * whoever writes it (`advance-lease`, `record-emitted`, a rebuild) writes with `greatest` a cursor up to which Kafka has confirmed its
 * transactions, or the outputs themselves show the events (R6). A backup has an older, lower one, which is as true; a lease that
 * was retired keeps what its own cluster had confirmed. What `accept-gap` gave up counts too: no processor will emit it any more.
 * Between a decision's two commits it lies at or behind `emitted_through` (F25), whatever happens to the processor.
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

/** Younger days are not even looked at. */
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

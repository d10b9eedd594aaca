import { createHash } from 'node:crypto';
import pg from 'pg';
import { bodiesOf } from '../../../src/postgres/bodies.ts';
import { ringFromText } from '../../../src/postgres/ring.ts';
import { type AuditStep, type StoredDecision, type StoredLedger, sourceAt } from './evidence.ts';

export type Stored = {
  readonly decisions: readonly StoredDecision[];
  readonly ledgers: ReadonlyMap<string, StoredLedger>;
  readonly audit: readonly AuditStep[];
};

/**
 * Reads with plain SQL everything that Postgres holds about the current topics, and all ledgers.
 *
 * @param since by partition, the offset of the input from which decisions count; 0 if a partition is missing
 */
export const readStored = async (
  databaseUrl: string,
  since: ReadonlyMap<number, number>,
): Promise<Stored> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    // One snapshot, because processors may still write.
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return {
      decisions: await readDecisions(client, since),
      ledgers: await readLedgers(client),
      audit: (await client.query<AuditStep>(AUDIT)).rows,
    };
  } finally {
    await client.end();
  }
};

type DecisionRow = {
  readonly partition: number;
  readonly source_offset: number;
  readonly channel_id: string;
  readonly command_id: string;
  readonly closed: Buffer | null;
  readonly summary: Buffer | null;
  readonly rejected: Buffer | null;
  readonly packed: Buffer | null;
};

const readDecisions = async (
  client: pg.Client,
  since: ReadonlyMap<number, number>,
): Promise<StoredDecision[]> => {
  const { rows } = await client.query<DecisionRow>(DECISIONS);
  const current = rows.filter(({ partition, source_offset }) => source_offset >= (since.get(partition) ?? 0));
  return current.map(({ partition, source_offset, channel_id, command_id, ...columns }) => {
    const bodies = bodiesOf(columns);
    const byColumn = {
      closed: bodies['run.closed'],
      summary: bodies['run.summary'],
      rejected: bodies['run.close.rejected'],
    };
    return {
      source: sourceAt(partition, source_offset),
      channelId: channel_id,
      commandId: command_id,
      fingerprints: Object.fromEntries(
        Object.entries(byColumn).flatMap(([column, body]) =>
          body === undefined ? [] : [[column, createHash('sha256').update(body).digest('hex')]],
        ),
      ),
    };
  });
};

type LedgerRow = {
  readonly channel_id: string;
  readonly sequence: number;
  readonly revision: number;
  readonly previous_runner: string | null;
  readonly ring: string;
  readonly member: {
    readonly user_id: string;
    readonly balance: number;
    readonly served: number;
    readonly attended: number;
    readonly last_served_sequence: number | null;
    readonly last_seen_sequence: number | null;
  }[];
};

const readLedgers = async (client: pg.Client): Promise<Map<string, StoredLedger>> => {
  const { rows } = await client.query<LedgerRow>(LEDGERS);
  return new Map(
    rows.map(({ channel_id, sequence, revision, previous_runner, ring, member }) => [
      channel_id,
      {
        sequence,
        revision,
        previousRunner: previous_runner,
        ring: ringFromText(ring),
        members: new Map(
          member.map((row) => [
            row.user_id,
            {
              userId: row.user_id,
              balance: row.balance,
              served: row.served,
              attended: row.attended,
              lastServedSequence: row.last_served_sequence,
              lastSeenSequence: row.last_seen_sequence,
            },
          ]),
        ),
      },
    ]),
  );
};

// Reads longs as doubles, because all of them are below 2^53.
const DECISIONS = `
  SELECT l.partition, d.source_offset::float8 AS source_offset, d.channel_id, d.command_id,
    e.closed, e.summary, e.rejected, e.packed
  FROM runclose.decision d
  JOIN runclose.partition_lease l ON l.source_id = d.source_id AND l.retired_at IS NULL
  LEFT JOIN runclose.decision_event e
    ON e.channel_id = d.channel_id AND e.command_id = d.command_id AND e.stored_at = d.stored_at`;

const LEDGERS = `
  SELECT l.channel_id, l.sequence::float8 AS sequence, l.revision::float8 AS revision, l.previous_runner, l.ring,
    coalesce(json_agg(m) FILTER (WHERE m.user_id IS NOT NULL), '[]') AS member
  FROM runclose.channel_ledger l LEFT JOIN runclose.channel_member m USING (channel_id)
  GROUP BY l.channel_id`;

const AUDIT = `
  SELECT a.partition, a.kind, a.epoch::float8 AS epoch, a.holder::text AS holder, a.instance
  FROM chaos.audit a JOIN runclose.partition_lease l ON l.source_id = a.source_id AND l.retired_at IS NULL
  ORDER BY a.id`;

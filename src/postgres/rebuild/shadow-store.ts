/**
 * Stores what a rebuild decides, in tables like the store's own, but in another schema. The search path of the connection names that
 * schema, so a table without a schema is the shadow's. Rejects only with a `Failure`.
 */
import { sql } from 'slonik';
import { z } from 'zod';
import { idPair } from '../../domain/ids.ts';
import { bodyHash } from '../../processor/body-hash.ts';
import type { EventType } from '../../wire/event-types.ts';
import type { ClaimIndex } from '../../replay/ports.ts';
import type { Move, RebuiltDecision, RebuiltLedger, Shadow } from '../../replay/rebuild/rebuild.ts';
import type { Divergence } from '../../replay/verify/divergence.ts';
import { jsonRows } from '../batch/json-rows.ts';
import { closedRunRow, closedRuns } from '../batch/read-closed-runs.ts';
import { knownCommandRow, knownCommands } from '../batch/read-known-commands.ts';
import { DECISION_COLUMNS, decisionArrays } from '../batch/write-decisions.ts';
import { insertDuplicates } from '../batch/write-duplicates.ts';
import { EVENT_COLUMNS, eventArrays } from '../batch/write-events.ts';
import { MEMBER_COLUMNS, memberArrays, memberNumbersFrom } from '../batch/write-members.ts';
import { bigintArray, integerArray, textArray } from '../binary-arrays.ts';
import { KEEP_EVENT_DAYS } from '../event-days.ts';
import { withPostgresFailure } from '../failures.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Database, Transaction } from '../pool.ts';
import { shadowMoved } from './rebuild-lock.ts';
import { ringToText } from '../ring.ts';

export type ShadowStore = Shadow & {
  readonly claims: ClaimIndex;
  /** The number of decisions that differ from the stored ones, or are not stored at all. */
  differing(): number;
};

export type ShadowStoreDeps = {
  /** A pool, or the transaction of the swap. */
  readonly connection: Database | Transaction;
  readonly scope: LeaseScope;
  readonly fingerprint: (type: EventType) => Buffer;
};

export const createShadowStore = ({ connection, scope, fingerprint }: ShadowStoreDeps): ShadowStore => {
  let differing = 0;
  return {
    differing: () => differing,
    claims: {
      find: (queries) =>
        withPostgresFailure('looking up rebuilt commands', async () => {
          const { known, runs } = await connection.one(sql.type(foundRow)`
            SELECT ${jsonRows(knownCommands(scope, queries))} AS known, ${jsonRows(closedRuns(queries))} AS runs`);
          const commands = new Map(known.map((row) => [idPair(row.channelId, row.commandId), row]));
          const closers = new Map(runs.map((row) => [idPair(row.channel_id, row.run_id), row]));
          return queries.map(({ channelId, commandId, runId }) => {
            const command = commands.get(idPair(channelId, commandId));
            const closer = closers.get(idPair(channelId, runId));
            return {
              claimed: command && { ...PAST, contentHash: command.contentHash },
              closed: closer && {
                ...PAST,
                commandId: closer.command_id,
                runnerUserId: closer.runner_user_id,
              },
            };
          });
        }),
      // Nothing to do: `find` reads the decisions that `keep` stores.
      add: () => Promise.resolve(),
    },
    keep: (portion) =>
      withPostgresFailure('storing rebuilt decisions', () =>
        connection.transaction(async (transaction) => {
          const sources = await advancePositions(transaction, scope, portion.moves);
          const stored = await readStoredAlready(transaction, portion.decisions);
          await writeDecisions(transaction, sources, portion.decisions, stored, fingerprint);
          for (const [partition, sourceId] of sources) {
            const duplicates = portion.duplicates.filter((each) => each.partition === partition);
            if (duplicates.length > 0)
              await transaction.query(sql.unsafe`${insertDuplicates(sourceId, duplicates)}`);
          }
          await writeLedgers(transaction, portion.ledgers);
          await writeContradictions(transaction, portion.contradictions);
          differing += stored.filter((row) => row?.same !== true).length;
        }, WITHOUT_RETRY),
      ),
  };
};

const foundRow = z.object({ known: z.array(knownCommandRow), runs: z.array(closedRunRow) });

const WITHOUT_RETRY = 0;

/** A portion is stored together with its positions or not at all. So everything that is found is from before the requested commands. */
const PAST = { partition: -1, offset: -1 };

/** @returns by partition: the source id under which its positions are stored */
const advancePositions = async (
  transaction: Transaction,
  { clusterId, topic }: LeaseScope,
  moves: readonly Move[],
): Promise<ReadonlyMap<number, number>> => {
  const rows = await transaction.any(sql.type(movedRow)`
    UPDATE partition_lease l SET next_offset = m.until
    FROM unnest(
      ${integerArray(moves.map(({ partition }) => partition))}::integer[],
      ${bigintArray(moves.map(({ from }) => from))}::bigint[],
      ${bigintArray(moves.map(({ to }) => to))}::bigint[]
    ) AS m (partition, since, until)
    WHERE l.cluster_id = ${clusterId} AND l.topic = ${topic} AND l.partition = m.partition AND l.next_offset = m.since
    RETURNING l.partition, l.source_id`);
  if (rows.length !== moves.length) throw shadowMoved();
  return new Map(rows.map((row) => [row.partition, row.source_id]));
};

const movedRow = z.object({ partition: z.number(), source_id: z.number() });

/** The decision on the same command in the store: when it was stored, and whether its events are the same. */
type StoredAlready = { readonly storedAt: string; readonly same: boolean } | undefined;

const readStoredAlready = async (
  transaction: Transaction,
  decisions: readonly RebuiltDecision[],
): Promise<readonly StoredAlready[]> => {
  const rows = await transaction.any(sql.type(storedRow)`
    SELECT c.place, d.stored_at::text AS stored_at, d.body_hash
    FROM unnest(
      ${textArray(decisions.map(({ channelId }) => channelId))}::text[],
      ${textArray(decisions.map(({ commandId }) => commandId))}::text[]
    ) WITH ORDINALITY AS c (channel_id, command_id, place)
    JOIN runclose.decision d USING (channel_id, command_id)`);
  const byPlace = new Map(rows.map((row) => [row.place - 1, row]));
  return decisions.map(({ bodies }, place) => {
    const row = byPlace.get(place);
    return row && { storedAt: row.stored_at, same: row.body_hash.equals(bodyHash(bodies)) };
  });
};

const storedRow = z.object({
  place: z.number(),
  // As text, which keeps the microseconds: a decision finds its bodies by this time.
  stored_at: z.string(),
  body_hash: z.instanceof(Buffer),
});

/**
 * If the stored decision is the same, the rebuilt one gets the same time, and so keeps the stored bodies, even if they were redacted or
 * dropped. If the rebuilt decision differs, it is stamped 1 µs later, so the two never share bodies. If there is no stored decision, the
 * rebuilt one gets the broker's time.
 *
 * In the last two cases the new bodies are stored here, unless a stored body of the command was redacted: the new bodies would bring the
 * personal data back from the topic.
 */
const writeDecisions = async (
  transaction: Transaction,
  sources: ReadonlyMap<number, number>,
  decisions: readonly RebuiltDecision[],
  stored: readonly StoredAlready[],
  fingerprint: (type: EventType) => Buffer,
): Promise<void> => {
  if (decisions.length === 0) return;
  const sourceIds = decisions.map(({ partition }) => sources.get(partition) ?? null);
  await transaction.query(sql.unsafe`
    WITH kept AS (
      INSERT INTO decision (source_id, stored_at, ${DECISION_COLUMNS})
      SELECT source_id,
        CASE
          WHEN same THEN stored_at::timestamptz
          WHEN stored_at IS NOT NULL THEN stored_at::timestamptz + interval '1 microsecond'
          ELSE least(now(), to_timestamp(published / 1000.0))
        END,
        ${DECISION_COLUMNS}
      FROM unnest(
        ${integerArray(sourceIds)}::integer[],
        ${bigintArray(decisions.map(({ timestamp }) => timestamp))}::bigint[],
        ${textArray(stored.map((row) => row?.storedAt ?? null))}::text[],
        ${integerArray(stored.map((row) => (row?.same === true ? 1 : 0)))}::integer[]::boolean[],
        ${decisionArrays(decisions, fingerprint)}
      ) AS d (source_id, published, stored_at, same, ${DECISION_COLUMNS})
      RETURNING channel_id, command_id, stored_at
    )
    INSERT INTO decision_event (stored_at, ${EVENT_COLUMNS})
    SELECT k.stored_at, ${EVENT_COLUMNS}
    FROM kept k
    JOIN unnest(${eventArrays(decisions.filter((_, index) => stored[index]?.same !== true))}) AS e (${EVENT_COLUMNS})
      USING (channel_id, command_id)
    WHERE k.stored_at > now() - make_interval(days => ${KEEP_EVENT_DAYS}::integer) AND NOT EXISTS (
      SELECT FROM runclose.decision_event f
      WHERE f.channel_id = k.channel_id AND f.command_id = k.command_id AND f.forgotten_at IS NOT NULL)`);
};

const writeLedgers = async (transaction: Transaction, ledgers: readonly RebuiltLedger[]): Promise<void> => {
  if (ledgers.length === 0) return;
  await transaction.query(sql.unsafe`
    INSERT INTO channel_ledger (channel_id, sequence, revision, policy_version, previous_runner, ring)
    SELECT * FROM unnest(
      ${textArray(ledgers.map((ledger) => ledger.channelId))}::text[],
      ${bigintArray(ledgers.map((ledger) => ledger.head.sequence))}::bigint[],
      ${bigintArray(ledgers.map((ledger) => ledger.revision))}::bigint[],
      ${integerArray(ledgers.map((ledger) => ledger.policyVersion))}::integer[],
      ${textArray(ledgers.map((ledger) => ledger.head.previousRunner))}::text[],
      ${textArray(ledgers.map((ledger) => ringToText(ledger.head.ring)))}::text[])
    ON CONFLICT (channel_id) DO UPDATE
    SET sequence = excluded.sequence, revision = excluded.revision, policy_version = excluded.policy_version,
      previous_runner = excluded.previous_runner, ring = excluded.ring`);
  const members = ledgers.flatMap(({ channelId, members: ofChannel }) =>
    ofChannel.map((member) => ({ channelId, member })),
  );
  await transaction.query(sql.unsafe`
    INSERT INTO channel_member (${MEMBER_COLUMNS}) SELECT * FROM unnest(${memberArrays(members)})
    ON CONFLICT (channel_id, user_id) DO UPDATE
    SET ${memberNumbersFrom('excluded')}`);
};

const writeContradictions = async (
  transaction: Transaction,
  contradictions: readonly Divergence[],
): Promise<void> => {
  if (contradictions.length === 0) return;
  await transaction.query(sql.unsafe`
    INSERT INTO rebuild_contradiction (divergence)
    SELECT unnest(${textArray(contradictions.map((each) => JSON.stringify(each)))}::text[])::jsonb
    ON CONFLICT DO NOTHING`);
};

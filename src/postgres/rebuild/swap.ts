/**
 * Swaps the rebuilt tables of the shadow for the stored ones: four tables change their schema in one transaction. Leases, policies and
 * bodies are not rebuilt and stay in place. Indexes and grants move with their tables; the views of the schema are created again.
 *
 * Every batch locks `channel_ledger` first. While this transaction holds that table, no batch is running and new batches wait, so nothing
 * changes while the last commands are folded. The swap raises the epoch of every lease, so every owner reconciles afterwards. Processors
 * pause from the locks to the commit. If the pause would be too long, the transaction is rolled back.
 */
import pg from 'pg';
import { sql } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import { bigintArray, integerArray } from '../binary-arrays.ts';
import { withPostgresFailure } from '../failures.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Database, Transaction } from '../pool.ts';
import { SHADOW_SCHEMA, shadowMoved } from './rebuild-lock.ts';

/** The state of the store during the pause, in which nothing changes. */
export type PausedStore = {
  readonly transaction: Transaction;
  /** By partition: one past the last stored input offset. */
  readonly positions: ReadonlyMap<number, number>;
  /** The milliseconds that are left of the pause. */
  left(): number;
};

/** Processors stop waiting for a lock after two seconds. The pause must be shorter. */
const MAX_PAUSE_MS = 1_900;
/** Longer than the second after which Postgres cancels an autovacuum that blocks a lock. */
const LOCK_MS = 1_200;

/**
 * @param finish builds the shadow up to the positions of the store, within the time that is left, and resolves with the shadow's positions.
 *   If it throws, nothing is changed
 * @returns the pause in milliseconds
 */
export const swapSchemas = (
  pool: Database,
  scope: LeaseScope,
  groupId: string,
  finish: (standstill: PausedStore) => Promise<ReadonlyMap<number, number>>,
): Promise<number> =>
  withPostgresFailure('swapping the rebuilt tables with the stored ones', async () => {
    let begun = performance.now();
    const msLeft = (): number => MAX_PAUSE_MS - (performance.now() - begun);
    // slonik must not retry: `finish` keeps state in memory, which would count the decisions of a rolled-back transaction as stored.
    const withoutRetry = 0;
    await pool.transaction(async (transaction) => {
      // Lock the shadow first: no processor waits for its tables, and a running autovacuum may hold them for a second.
      await transaction.query(sql.unsafe`
        LOCK TABLE decision, channel_ledger, channel_member, duplicate_command IN ACCESS EXCLUSIVE MODE`);
      begun = performance.now();
      await limitStatements(transaction, LOCK_MS);
      await transaction.query(sql.unsafe`
        LOCK TABLE runclose.channel_ledger, runclose.decision, runclose.channel_member, runclose.duplicate_command
        IN ACCESS EXCLUSIVE MODE`);
      await limitStatements(transaction, msLeft());
      await claimSwap(transaction);
      await mustBeOfOneVersion(transaction);
      const leases = await transaction.any(sql.type(leaseRow)`
        SELECT partition, coalesce(next_offset, given_up_before) AS next_offset FROM runclose.partition_lease
        WHERE cluster_id = ${scope.clusterId} AND topic = ${scope.topic}
        ORDER BY partition FOR UPDATE`);
      const positions = await finish({
        transaction,
        positions: new Map(leases.map((lease) => [lease.partition, lease.next_offset])),
        left: msLeft,
      });
      const limitToRest = (): Promise<void> => limitStatements(transaction, msLeft());
      await limitToRest();
      await mustStandAt(transaction, scope, positions);
      await takeLeases(transaction, scope, groupId, positions);
      await limitToRest();
      await moveEvents(transaction);
      await swapTables(transaction, limitToRest);
      if (msLeft() < 0) throw tooLong();
    }, withoutRetry);
    return performance.now() - begun;
  });

/** Limits locks and statements: `LOCK TABLE` waits for each of its tables separately, so a limit on locks alone could add up. */
const limitStatements = async (transaction: Transaction, milliseconds: number): Promise<void> => {
  const limit = `${String(Math.ceil(Math.max(1, milliseconds)))}ms`;
  await transaction.query(
    sql.unsafe`
      SELECT set_config('lock_timeout', ${limit}, true), set_config('statement_timeout', ${limit}, true),
        set_config('idle_in_transaction_session_timeout', ${limit}, true)`,
  );
};

/** A second swap would bring back the tables that the first swap has replaced. */
const claimSwap = async (transaction: Transaction): Promise<void> => {
  const { rowCount } = await transaction.query(sql.unsafe`
    UPDATE rebuild SET exchanged_at = now() WHERE exchanged_at IS NULL`);
  if (rowCount !== 1)
    throw new Failure('fatal', 'ALREADY_EXCHANGED', 'the tables of this rebuild were swapped before');
};

/**
 * A session's advisory lock ends with its connection, and then another rebuild may create the shadow again. So the lock alone does not show
 * that the shadow is still the one that this rebuild has built up to these positions. From here on, the table locks keep other rebuilds
 * out.
 */
const mustStandAt = async (
  transaction: Transaction,
  { clusterId, topic }: LeaseScope,
  positions: ReadonlyMap<number, number>,
): Promise<void> => {
  const rows = await transaction.any(sql.type(leaseRow)`
    SELECT partition, next_offset FROM partition_lease WHERE cluster_id = ${clusterId} AND topic = ${topic}
    ORDER BY partition FOR UPDATE`);
  const isSame =
    rows.length === positions.size && rows.every((row) => positions.get(row.partition) === row.next_offset);
  if (!isSame) throw shadowMoved();
};

const mustBeOfOneVersion = async (transaction: Transaction): Promise<void> => {
  const same = await transaction.oneFirst(sql.type(z.object({ same: z.boolean() }))`
    SELECT (SELECT max(version) FROM runclose.schema_migration) = (SELECT max(version) FROM schema_migration) AS same`);
  if (!same)
    throw outdated('the schema was migrated since the rebuild began, or by a newer version of the program');
};

const outdated = (why: string): Failure =>
  new Failure(
    'fatal',
    'SHADOW_OUTDATED',
    `${why}: start again with --restart, with the same version of the program that runs \`serve\``,
  );

export const tooLong = (): Failure =>
  new Failure(
    'transient',
    'EXCHANGE_TOO_LONG',
    `the swap would have paused the processors for more than ${String(MAX_PAUSE_MS)} ms, so it was rolled back`,
    { scope: 'local' },
  );

const leaseRow = z.object({ partition: z.number(), next_offset: z.number() });

/** Fences every owner, and releases the leases. Everything below the positions was emitted. */
const takeLeases = async (
  transaction: Transaction,
  { clusterId, topic }: LeaseScope,
  groupId: string,
  positions: ReadonlyMap<number, number>,
): Promise<void> => {
  const taken = transaction.query(sql.unsafe`
    INSERT INTO runclose.partition_lease AS l (
      source_id, cluster_id, topic, partition, epoch, holder, group_id, generation, next_offset, emitted_through, released_at)
    OVERRIDING SYSTEM VALUE
    SELECT s.source_id, ${clusterId}, ${topic}, p.partition, 1, gen_random_uuid(), ${groupId}, 0, p.position, p.position, now()
    FROM unnest(${integerArray([...positions.keys()])}::integer[], ${bigintArray([...positions.values()])}::bigint[])
      AS p (partition, position)
    JOIN partition_lease s ON s.cluster_id = ${clusterId} AND s.topic = ${topic} AND s.partition = p.partition
    ON CONFLICT (cluster_id, topic, partition) DO UPDATE
    SET epoch = l.epoch + 1, holder = excluded.holder, released_at = now(),
      next_offset = greatest(l.next_offset, excluded.next_offset),
      emitted_through = greatest(l.emitted_through, excluded.emitted_through)
    WHERE l.source_id = excluded.source_id`);
  const { rowCount } = await taken.catch((error: unknown) => {
    // The store has meanwhile given the source id of a shadow partition to another partition.
    throw error instanceof pg.DatabaseError && error.code === UNIQUE_VIOLATION ? takenMeanwhile() : error;
  });
  if (rowCount !== positions.size) throw takenMeanwhile();
  await transaction.query(sql.unsafe`
    SELECT setval(s.name, greatest(l.highest, pg_sequence_last_value(s.name)))
    FROM (SELECT pg_get_serial_sequence('runclose.partition_lease', 'source_id')::regclass AS name) AS s,
      (SELECT max(source_id) AS highest FROM runclose.partition_lease) AS l`);
};

const UNIQUE_VIOLATION = '23505';

const takenMeanwhile = (): Failure =>
  outdated('a partition was taken for the first time since the rebuild began');

/** Everything that can be done before the pause. */
export const prepareSwap = (shadow: Database): Promise<void> =>
  withPostgresFailure('preparing the swap', async () => {
    await shadow.transaction(async (transaction) => {
      await moveEvents(transaction);
      // `moveEvents` has deleted all rows. Truncate too: scanning the dead rows again would make the pause longer.
      await transaction.query(sql.unsafe`TRUNCATE decision_event`);
    });
    await shadow.query(sql.unsafe`ANALYZE decision, channel_ledger, channel_member, duplicate_command`);
  });

/**
 * Moves the bodies of rebuilt decisions that differ from the stored ones, or were not stored. Until the swap, no stored decision refers to
 * these bodies.
 *
 * If a stored body of the same command was redacted, the rebuilt bodies are dropped: they would bring the personal data back. `forget` and
 * `purge` cannot run at the same time as a rebuild, and later also redact bodies that an unfinished rebuild has left here.
 */
const moveEvents = async (connection: Transaction): Promise<void> => {
  await connection.query(sql.unsafe`
    WITH moved AS (DELETE FROM decision_event RETURNING *)
    INSERT INTO runclose.decision_event AS l
    SELECT * FROM moved m
    WHERE NOT EXISTS (
      SELECT FROM runclose.decision_event e
      WHERE e.channel_id = m.channel_id AND e.command_id = m.command_id AND e.forgotten_at IS NOT NULL)
    ON CONFLICT (channel_id, command_id, stored_at) DO UPDATE
    SET closed = excluded.closed, summary = excluded.summary, rejected = excluded.rejected, packed = excluded.packed
    -- Left over from a swap that was rolled back.
    WHERE NOT EXISTS (
      SELECT FROM runclose.decision d
      WHERE d.channel_id = l.channel_id AND d.command_id = l.command_id AND d.stored_at = l.stored_at)`);
};

const TABLES = ['decision', 'channel_ledger', 'channel_member', 'duplicate_command'] as const;
/** A third schema: two tables with the same name cannot change places directly. */
const BETWEEN = 'runclose_replaced';

const swapTables = async (transaction: Transaction, limit: () => Promise<void>): Promise<void> => {
  const views = await transaction.any(sql.type(viewRow)`
    SELECT format('%I.%I', 'runclose', c.relname) AS name, pg_get_viewdef(c.oid) AS definition,
      array_to_string(c.reloptions, ', ') AS options
    FROM pg_class c WHERE c.relkind = 'v' AND c.relnamespace = 'runclose'::regnamespace`);
  const move = (table: string, from: string, to: string) =>
    transaction.query(sql.unsafe`
      ALTER TABLE ${sql.identifier([from, table])} SET SCHEMA ${sql.identifier([to])}`);
  await transaction.query(sql.unsafe`CREATE SCHEMA ${sql.identifier([BETWEEN])}`);
  for (const table of TABLES) {
    await limit();
    await move(table, 'runclose', BETWEEN);
    await move(table, SHADOW_SCHEMA, 'runclose');
    await move(table, BETWEEN, SHADOW_SCHEMA);
  }
  await transaction.query(sql.unsafe`DROP SCHEMA ${sql.identifier([BETWEEN])}`);
  // A view follows its table into the other schema. Create the views again, on the new tables.
  for (const { name, options, definition } of views) {
    await limit();
    // Postgres drops options that are not named, and `security_invoker` decides who sees which rows.
    const withOptions = options === null ? '' : `WITH (${options}) `;
    await transaction.query(
      sql.unsafe(literally(`CREATE OR REPLACE VIEW ${name} ${withOptions}AS ${definition}`)),
    );
  }
};

/** Turns text from the database into a statement that slonik accepts. */
const literally = (text: string): TemplateStringsArray =>
  Object.freeze(Object.assign([text], { raw: Object.freeze([text]) }));

/** The name includes the schema, and is quoted if necessary. */
const viewRow = z.object({ name: z.string(), definition: z.string(), options: z.string().nullable() });

/** Deletes bodies that no decision refers to any more, because the rebuild replaced it. Resolves with the number of deleted rows. */
export const dropReplacedEvents = (pool: Database): Promise<number> =>
  withPostgresFailure('dropping the bodies of replaced decisions', async () => {
    const { rowCount } = await pool.query(sql.unsafe`
      DELETE FROM runclose.decision_event e USING decision replaced
      WHERE e.channel_id = replaced.channel_id AND e.command_id = replaced.command_id
        AND e.stored_at = replaced.stored_at
        AND NOT EXISTS (
          SELECT FROM runclose.decision d
          WHERE d.channel_id = e.channel_id AND d.command_id = e.command_id AND d.stored_at = e.stored_at)`);
    return rowCount;
  });

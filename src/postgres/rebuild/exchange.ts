/**
 * Puts the shadow in the place of the store: four tables change their schema, all in one transaction. What is not rebuilt stays
 * where it is: leases, policies, bodies. The schema's own views follow, and indexes and grants come along with their tables.
 *
 * A batch begins with the ledgers, or touches none, so whoever has locked that table waits for no batch any more, and the batches
 * wait for them: nothing moves while the last commands are folded. Afterwards every lease is a newer one, so every owner of a
 * partition reconciles. The pause is what lies between; where it would be too long, all is as before.
 */
import pg from 'pg';
import { sql } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import { bigintArray, integerArray } from '../binary-arrays.ts';
import { during } from '../failures.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Database, Transaction } from '../pool.ts';
import { SHADOW_SCHEMA, shadowMoved } from './rebuild-lock.ts';

/** How the store stands while nothing moves. */
export type PausedStore = {
  readonly transaction: Transaction;
  /** By partition: one past the last input offset stored. */
  readonly positions: ReadonlyMap<number, number>;
  /** Milliseconds that are left. */
  left(): number;
};

/** Processors wait for locks for two seconds; nobody is to wait for longer. */
const LONGEST_PAUSE_MS = 1_900;
/** Longer than the second after which the server sends its own vacuum away. */
const LOCK_MS = 1_200;

/**
 * @param finish brings the shadow to where the store stands, within the time that is left, and resolves with its positions; what
 *   it throws leaves everything as it was
 * @returns the pause in milliseconds
 */
export const exchangeSchemas = (
  pool: Database,
  scope: LeaseScope,
  groupId: string,
  finish: (standstill: PausedStore) => Promise<ReadonlyMap<number, number>>,
): Promise<number> =>
  during('exchanging the rebuilt tables for the stored ones', async () => {
    let begun = performance.now();
    const left = (): number => LONGEST_PAUSE_MS - (performance.now() - begun);
    // Never again by itself: what was built on the way would be counted as kept.
    const withoutRetry = 0;
    await pool.transaction(async (transaction) => {
      // First those that nobody waits for: a vacuum at work on them goes after a second.
      await transaction.query(sql.unsafe`
        LOCK TABLE decision, channel_ledger, channel_member, duplicate_command IN ACCESS EXCLUSIVE MODE`);
      begun = performance.now();
      await limitStatements(transaction, LOCK_MS);
      await transaction.query(sql.unsafe`
        LOCK TABLE runclose.channel_ledger, runclose.decision, runclose.channel_member, runclose.duplicate_command
        IN ACCESS EXCLUSIVE MODE`);
      await limitStatements(transaction, left());
      await claimExchange(transaction);
      await mustBeOfOneVersion(transaction);
      const leases = await transaction.any(sql.type(leaseRow)`
        SELECT partition, coalesce(next_offset, given_up_before) AS next_offset FROM runclose.partition_lease
        WHERE cluster_id = ${scope.clusterId} AND topic = ${scope.topic}
        ORDER BY partition FOR UPDATE`);
      const positions = await finish({
        transaction,
        positions: new Map(leases.map((lease) => [lease.partition, lease.next_offset])),
        left,
      });
      const limit = (): Promise<void> => limitStatements(transaction, left());
      await limit();
      await mustStandAt(transaction, scope, positions);
      await takeLeases(transaction, scope, groupId, positions);
      await limit();
      await moveEvents(transaction);
      await exchangeTables(transaction, limit);
      if (left() < 0) throw tooLong();
    }, withoutRetry);
    return performance.now() - begun;
  });

/** For locks too: each table of a list is waited for by itself, and all of them are one statement. */
const limitStatements = async (transaction: Transaction, milliseconds: number): Promise<void> => {
  const limit = `${String(Math.ceil(Math.max(1, milliseconds)))}ms`;
  await transaction.query(
    sql.unsafe`
      SELECT set_config('lock_timeout', ${limit}, true), set_config('statement_timeout', ${limit}, true),
        set_config('idle_in_transaction_session_timeout', ${limit}, true)`,
  );
};

/** A second exchange would put back what the first has replaced. */
const claimExchange = async (transaction: Transaction): Promise<void> => {
  const { rowCount } = await transaction.query(sql.unsafe`
    UPDATE rebuild SET exchanged_at = now() WHERE exchanged_at IS NULL`);
  if (rowCount !== 1) throw new Failure('fatal', 'ALREADY_EXCHANGED', 'this rebuild was exchanged before');
};

/**
 * A session's advisory lock ends with its connection, and then another rebuild may create the shadow again. So the lock alone does not show
 * that the shadow is still the one that this rebuild has brought to these positions. From here on, the table locks keep others out.
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
  new Failure('fatal', 'SHADOW_OUTDATED', `${why}; begin anew with --restart, by the version that serves`);

export const tooLong = (): Failure =>
  new Failure(
    'transient',
    'EXCHANGE_TOO_LONG',
    `the exchange would have held up the processors for more than ${String(LONGEST_PAUSE_MS)} ms; nothing was changed`,
    { scope: 'local' },
  );

const leaseRow = z.object({ partition: z.number(), next_offset: z.number() });

/** Every owner is fenced, and the lease free to be taken. Everything below the positions is emitted. */
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
    // The number that a partition has here was given to another one there.
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

/** What can be done before anybody has to wait. */
export const prepareExchange = (shadow: Database): Promise<void> =>
  during('preparing the exchange', async () => {
    await shadow.transaction(async (transaction) => {
      await moveEvents(transaction);
      // Not only deleted: in the pause nobody has the time to look through what is dead.
      await transaction.query(sql.unsafe`TRUNCATE decision_event`);
    });
    await shadow.query(sql.unsafe`ANALYZE decision, channel_ledger, channel_member, duplicate_command`);
  });

/**
 * Bodies of decisions that were not stored, or otherwise. No stored decision leads to them before the exchange. Where personal data
 * was forgotten in what is stored, they stay away: nobody forgets while a rebuild runs, and what it has left is forgotten too.
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
    -- Left over from an exchange that was given up.
    WHERE NOT EXISTS (
      SELECT FROM runclose.decision d
      WHERE d.channel_id = l.channel_id AND d.command_id = l.command_id AND d.stored_at = l.stored_at)`);
};

const TABLES = ['decision', 'channel_ledger', 'channel_member', 'duplicate_command'] as const;
/** A third place, for as long as both are on their way. */
const BETWEEN = 'runclose_replaced';

const exchangeTables = async (transaction: Transaction, limit: () => Promise<void>): Promise<void> => {
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
  // A view keeps to the table that it was made on, wherever that goes.
  for (const { name, options, definition } of views) {
    await limit();
    // Postgres drops options that are not named, and `security_invoker` decides who sees which rows.
    const withOptions = options === null ? '' : `WITH (${options}) `;
    await transaction.query(
      sql.unsafe(literally(`CREATE OR REPLACE VIEW ${name} ${withOptions}AS ${definition}`)),
    );
  }
};

/** A statement that comes from the database itself, in the form in which slonik takes one. */
const literally = (text: string): TemplateStringsArray =>
  Object.freeze(Object.assign([text], { raw: Object.freeze([text]) }));

/** The name includes the schema, and is quoted if necessary. */
const viewRow = z.object({ name: z.string(), definition: z.string(), options: z.string().nullable() });

/** Bodies that no decision leads to any more: those of decisions that were stored otherwise. Resolves with how many there were. */
export const dropReplacedEvents = (pool: Database): Promise<number> =>
  during('dropping the bodies of replaced decisions', async () => {
    const { rowCount } = await pool.query(sql.unsafe`
      DELETE FROM runclose.decision_event e USING decision replaced
      WHERE e.channel_id = replaced.channel_id AND e.command_id = replaced.command_id
        AND e.stored_at = replaced.stored_at
        AND NOT EXISTS (
          SELECT FROM runclose.decision d
          WHERE d.channel_id = e.channel_id AND d.command_id = e.command_id AND d.stored_at = e.stored_at)`);
    return rowCount;
  });

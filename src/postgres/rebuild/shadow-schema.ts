/**
 * The shadow: the schema in which a rebuild works. It has the tables of the store, made by the same migrations, and the state of the
 * rebuild itself. One rebuild runs at a time: the process that opens the schema holds an advisory lock, which the server releases if the
 * process dies.
 */
import pg from 'pg';
import { Failure } from '../../processor/failure.ts';
import { openClient } from '../client.ts';
import type { ServerSettings, Source } from '../server-settings.ts';
import { withPostgresFailure } from '../failures.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import { migrateSchema } from '../migrate.ts';
import { ownerSession } from '../session-settings.ts';
import { REBUILD_LOCK, rebuildRunning, SHADOW_SCHEMA } from './rebuild-lock.ts';

/** What a shadow was created for. A rebuild resumes only if all of this is the same. */
export type ShadowFacts = LeaseScope & {
  /** The version of the program whose code decides. */
  readonly programVersion: string;
  /** By partition: the first offset that is decided again. Earlier decisions are copied from the store. */
  readonly begins: Readonly<Record<string, number>>;
  /** The only channel that is rebuilt; null: all channels. */
  readonly channelId: string | null;
};

export type ShadowStatus = ShadowFacts & {
  /** Milliseconds. */
  readonly startedAt: number;
  /** When the swap was done, in milliseconds; null: not yet. After the swap, the shadow holds the replaced tables. */
  readonly swappedAt: number | null;
  /** True if commands came from a file without events, so that some decisions were not compared with events. */
  readonly withoutEvents: boolean;
};

export type ShadowSchema = {
  /** Null if there is no shadow that a rebuild could resume. Rejects if the lock was lost, which happens when its connection breaks. */
  status(): Promise<ShadowStatus | null>;
  /**
   * Starts from nothing. The shadow is valid once `fill` is done. Resolves with the number of decisions that were copied from the store.
   */
  create(facts: ShadowFacts, groupId: string, fill: () => Promise<void>): Promise<number>;
  /** Records that commands come from a file without events. */
  noteWithoutEvents(): Promise<void>;
  /** Resolves with `none` if there was no shadow. */
  drop(): Promise<'dropped' | 'none'>;
  /** Never rejects. */
  close(): Promise<void>;
};

/** Fatal if another rebuild is running. */
export const openShadowSchema = (settings: Source<ServerSettings>): Promise<ShadowSchema> =>
  withPostgresFailure('opening the schema of the rebuild', async () => {
    const client = await openClient(settings, 'runclose replay rebuild', ownerSession('runclose'));
    try {
      // Do not fail at once: a page of `purge` or `forget` may hold the lock for a moment. The usual limit for locks applies.
      await client.query(`SELECT pg_advisory_lock(${REBUILD_LOCK})`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE ? rebuildRunning() : error;
    }
    return {
      status: () =>
        withPostgresFailure('looking for the schema of an earlier rebuild', () => readStatus(client)),
      create: (facts, groupId, fill) =>
        withPostgresFailure('creating the schema of the rebuild', async () => {
          const takenOver = await createTables(client, facts, groupId);
          await fill();
          await client.query(
            `INSERT INTO ${SHADOW_SCHEMA}.rebuild (cluster_id, topic, program_version, begins, channel_id)
             VALUES ($1, $2, $3, $4, $5)`,
            [
              facts.clusterId,
              facts.topic,
              facts.programVersion,
              JSON.stringify(facts.begins),
              facts.channelId,
            ],
          );
          return takenOver;
        }),
      noteWithoutEvents: () =>
        withPostgresFailure('noting that events are not compared', async () => {
          await client.query(`UPDATE ${SHADOW_SCHEMA}.rebuild SET without_events = true`);
        }),
      drop: () => withPostgresFailure('dropping the schema of the rebuild', () => drop(client)),
      close: async () => {
        await client.end().catch(() => undefined);
      },
    };
  });

const LOCK_NOT_AVAILABLE = '55P03';

const readStatus = async (client: pg.Client): Promise<ShadowStatus | null> => {
  const found = await client.query<{ found: string | null }>(
    `SELECT to_regclass('${SHADOW_SCHEMA}.rebuild') AS found`,
  );
  if (found.rows[0]?.found == null) return null;
  // Lock the row, which waits for a swap whose answer was lost: after that, the swap is either committed or rolled back.
  const { rows } = await client.query<StatusRow>(`SELECT * FROM ${SHADOW_SCHEMA}.rebuild FOR UPDATE`);
  const [row] = rows;
  if (row === undefined) return null;
  return {
    clusterId: row.cluster_id,
    topic: row.topic,
    programVersion: row.program_version,
    begins: row.begins,
    channelId: row.channel_id,
    startedAt: row.started_at.getTime(),
    swappedAt: row.exchanged_at?.getTime() ?? null,
    withoutEvents: row.without_events,
  };
};

type StatusRow = {
  readonly cluster_id: string;
  readonly topic: string;
  readonly program_version: string;
  readonly begins: Readonly<Record<string, number>>;
  readonly channel_id: string | null;
  readonly started_at: Date;
  readonly exchanged_at: Date | null;
  readonly without_events: boolean;
};

const drop = async (client: pg.Client): Promise<'dropped' | 'none'> => {
  const { rows } = await client.query<{ ours: boolean }>(`
    SELECT to_regclass('${SHADOW_SCHEMA}.schema_migration') IS NOT NULL
      OR NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = n.oid) AS ours
    FROM pg_namespace n WHERE n.nspname = '${SHADOW_SCHEMA}'`);
  if (rows[0]?.ours === false)
    throw new Failure(
      'fatal',
      'SCHEMA_OF_OTHERS',
      `the schema ${SHADOW_SCHEMA} holds tables that no rebuild made: rename that schema, because a rebuild needs its name`,
    );
  await client.query(`DROP SCHEMA IF EXISTS ${SHADOW_SCHEMA} CASCADE`);
  return rows.length > 0 ? 'dropped' : 'none';
};

const createTables = async (client: pg.Client, facts: ShadowFacts, groupId: string): Promise<number> => {
  await drop(client);
  const { version } = await migrateSchema(client, SHADOW_SCHEMA);
  await client.query(`SET search_path = ${SHADOW_SCHEMA}`);
  const { rows } = await client.query<{ version: number }>(
    'SELECT max(version) AS version FROM runclose.schema_migration',
  );
  if (rows[0]?.version !== version)
    throw new Failure(
      'fatal',
      'SCHEMA_TOO_NEW',
      `the database's schema has version ${String(rows[0]?.version)}, but this program creates version ${String(version)}: rebuild with the newer program`,
    );
  await client.query(`
    CREATE TABLE rebuild (
      cluster_id text NOT NULL, topic text NOT NULL, program_version text NOT NULL, begins jsonb NOT NULL,
      channel_id text COLLATE "C", started_at timestamptz NOT NULL DEFAULT now(), exchanged_at timestamptz,
      without_events boolean NOT NULL DEFAULT false
    );
    CREATE TABLE rebuild_contradiction (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, divergence jsonb NOT NULL
    );
    -- A rebuild that is resumed finds again the contradictions that belong to no command.
    CREATE UNIQUE INDEX ON rebuild_contradiction (md5(divergence::text));
    CREATE TABLE rebuild_policy (LIKE channel_policy, PRIMARY KEY (channel_id, version))`);
  return takeOver(client, facts, groupId);
};

/** Copies the source ids of the partitions, and all decisions and duplicates from before the rebuild's start, of the rebuilt channel. */
const takeOver = async (client: pg.Client, facts: ShadowFacts, groupId: string): Promise<number> => {
  const { clusterId, topic, begins, channelId } = facts;
  await client.query(
    `INSERT INTO partition_lease (source_id, cluster_id, topic, partition, epoch, holder, group_id, generation, next_offset)
     OVERRIDING SYSTEM VALUE
     SELECT coalesce(
         l.source_id,
         (SELECT coalesce(max(source_id), 0) FROM runclose.partition_lease)
           + row_number() OVER (PARTITION BY l.source_id IS NULL ORDER BY p.partition)),
       $1, $2, p.partition, 0, gen_random_uuid(), $3, 0, p.begins
     FROM unnest($4::integer[], $5::bigint[]) AS p (partition, begins)
     LEFT JOIN runclose.partition_lease l ON l.cluster_id = $1 AND l.topic = $2 AND l.partition = p.partition`,
    [clusterId, topic, groupId, Object.keys(begins), Object.values(begins)],
  );
  const copyEarlier = (table: string): string => `
    INSERT INTO ${table} SELECT t.* FROM runclose.${table} t LEFT JOIN partition_lease l USING (source_id)
    WHERE (l.source_id IS NULL OR t.source_offset < l.next_offset) AND ($1::text IS NULL OR t.channel_id = $1)`;
  await client.query(copyEarlier('duplicate_command'), [channelId]);
  const { rowCount } = await client.query(copyEarlier('decision'), [channelId]);
  return rowCount ?? 0;
};

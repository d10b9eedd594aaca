import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Room } from './room.ts';
import type { MeasuredServers } from './servers.ts';

/** The bytes that have been written so far. */
export type Written = {
  /** Tables and indexes, as files. */
  readonly tables: number;
  /** The WAL of the whole server, which nothing else uses. */
  readonly wal: number;
  /** The records of the input. */
  readonly commands: number;
  /** The records of the output topics. */
  readonly events: number;
};

export const writtenIn = async (
  { kafkaFolder }: MeasuredServers,
  { databaseUrl, names }: Room,
): Promise<Written> => {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ tables: string; wal: string }>(
      `SELECT pg_database_size(current_database()) AS tables, pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') AS wal`,
    );
    const logs = (topics: readonly string[]): number =>
      topics.reduce((sum, topic) => sum + logBytes(join(kafkaFolder, 'data'), topic), 0);
    return {
      tables: Number(rows[0]?.tables),
      wal: Number(rows[0]?.wal),
      commands: logs([names.requested]),
      events: logs([names.closed, names.summary, names.rejected, names.deadLetters]),
    };
  } finally {
    await client.end();
  }
};

/** Each difference, divided by the number of commands. */
export const writtenACommand = (before: Written, after: Written, commands: number): Written => ({
  tables: (after.tables - before.tables) / commands,
  wal: (after.wal - before.wal) / commands,
  // The backlog was written before the measurement.
  commands: after.commands / commands,
  events: (after.events - before.events) / commands,
});

/** Counts only the records, because Kafka allocates indexes ahead. */
const logBytes = (data: string, topic: string): number =>
  readdirSync(data)
    .filter((folder) => /-\d+$/.test(folder) && folder.slice(0, folder.lastIndexOf('-')) === topic)
    .flatMap((folder) => readdirSync(join(data, folder)).map((file) => join(data, folder, file)))
    .filter((file) => file.endsWith('.log'))
    .reduce((sum, file) => sum + statSync(file).size, 0);

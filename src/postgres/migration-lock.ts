/**
 * One migration at a time in a database. The lock belongs to a transaction, so it ends with that transaction even if a pooler keeps the
 * session. Waiting is limited, and reports the session that holds the lock.
 */
import pg from 'pg';
import { Failure } from '../processor/failure.ts';

export type MigrationWait = {
  /** Milliseconds between two checks of who holds the lock. */
  readonly lookEveryMs: number;
  readonly giveUpAfterMs: number;
  /** Called at each check. */
  readonly onWaiting: (holder: string) => void;
};

/** A migration of much data may take minutes. */
export const PATIENT: MigrationWait = {
  lookEveryMs: 5_000,
  giveUpAfterMs: 300_000,
  onWaiting: () => undefined,
};

/** Runs the work in a transaction that no other migration overlaps. */
export const withMigrationLock = async <T>(
  client: pg.Client,
  { lookEveryMs, giveUpAfterMs, onWaiting }: MigrationWait,
  work: () => Promise<T>,
): Promise<T> => {
  const deadline = performance.now() + giveUpAfterMs;
  while (!(await begin(client, lookEveryMs))) {
    const holder = await holderOf(client);
    if (performance.now() > deadline) throw stillLocked(holder, giveUpAfterMs);
    if (holder !== null) onWaiting(describe(holder));
  }
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
};

/** Any number that no other program uses in this database. */
const MIGRATION_LOCK = '7238746982374';

const LOCK_NOT_AVAILABLE = '55P03';

/** False if another session keeps the lock for that long. */
const begin = async (client: pg.Client, patienceMs: number): Promise<boolean> => {
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = ${String(patienceMs)}`);
    await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    // While this waits for a table in use, it blocks later sessions on that table: limit the wait.
    await client.query(`SET LOCAL lock_timeout = '30s'`);
    return true;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    if (error instanceof pg.DatabaseError && error.code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
};

/** Of another user's session, Postgres shows only its id and user. */
type Holder = {
  readonly pid: number;
  readonly user: string | null;
  readonly name: string | null;
  readonly address: string | null;
};

const holderOf = async (client: pg.Client): Promise<Holder | null> => {
  const { rows } = await client.query<Holder>(`
    SELECT pid, usename AS user, nullif(application_name, '') AS name, host(client_addr) AS address
    FROM pg_locks JOIN pg_stat_activity USING (pid)
    WHERE locktype = 'advisory' AND granted AND objsubid = 1
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint << 32 | objid::bigint = ${MIGRATION_LOCK}`);
  return rows[0] ?? null;
};

const describe = ({ pid, user, name, address }: Holder): string =>
  [
    `session ${String(pid)}`,
    ...(user === null ? [] : [`of the user ${user}`]),
    ...(address === null ? [] : [`from ${address}`]),
    ...(name === null ? [] : [`("${name}")`]),
  ].join(' ');

const stillLocked = (holder: Holder | null, afterMs: number): Failure =>
  new Failure(
    'fatal',
    'MIGRATION_LOCKED',
    [
      `another migration of this database has not ended within ${String(Math.ceil(afterMs / 1000))} s`,
      ...(holder === null
        ? []
        : [
            `: ${describe(holder)} runs it. If no setup is running, a pooler or a lost machine left this session behind; end it with: `,
            `SELECT pg_terminate_backend(${String(holder.pid)})`,
          ]),
      '. Run `runclose setup` again when the other migration has ended',
    ].join(''),
  );

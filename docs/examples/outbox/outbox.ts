import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { CommandInput, RunClosePublisher } from 'runclose';

/** A relay may repeat a command, so its id is chosen once, in the transaction of the service. */
export type OutboxCommand = CommandInput & { readonly commandId: string };

export const OUTBOX_TABLE = `
  CREATE TABLE IF NOT EXISTS outbox (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    command jsonb  NOT NULL
  )`;

/** Call this in the transaction that closes the run in your own tables: both are committed, or neither. */
export const requestClose = async (client: pg.ClientBase, command: OutboxCommand): Promise<void> => {
  await client.query('INSERT INTO outbox (command) VALUES ($1)', [JSON.stringify(command)]);
};

/**
 * Publishes the oldest commands, then deletes them. If the process dies in between, the next call publishes them again with the same
 * ids, and RunClose emits nothing more. The lock lets one relay work at a time, so commands stay in order.
 */
export const relayOnce = async (
  pool: pg.Pool,
  publisher: Pick<RunClosePublisher, 'publish'>,
): Promise<number> => {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('LOCK TABLE outbox IN SHARE UPDATE EXCLUSIVE MODE');
    const { rows } = await client.query<{ id: string; command: OutboxCommand }>(
      'SELECT id, command FROM outbox ORDER BY id LIMIT 100',
    );
    if (rows.length > 0) await publisher.publish(rows.map(({ command }) => command));
    await client.query('DELETE FROM outbox WHERE id = ANY($1)', [rows.map(({ id }) => id)]);
    await client.query('COMMIT');
    client.release();
    return rows.length;
  } catch (error) {
    // Closing the connection rolls back.
    client.release(true);
    throw error;
  }
};

/** Relays until the signal comes. While a server is away, it tries again each second. */
export const relay = async (
  pool: pg.Pool,
  publisher: Pick<RunClosePublisher, 'publish'>,
  signal: AbortSignal,
): Promise<void> => {
  while (!signal.aborted) {
    const relayed = await relayOnce(pool, publisher).catch((error: unknown) => {
      process.emitWarning(String(error));
      return 0;
    });
    if (relayed === 0) await sleep(1_000, undefined, { signal }).catch(() => undefined);
  }
};

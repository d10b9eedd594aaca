import { expectArgument, must, optional } from './call-check.ts';
import type { ReceivedEvent } from './received-event.ts';

/**
 * Remembers which events were handled, so that a repeated event is handled once. The handler gets the `context` of the store, for example
 * the client of a database transaction.
 */
export interface EventMemory<Context> {
  /** Calls `handle` unless the event was handled before. Remembers the event only if `handle` resolves. */
  once(received: ReceivedEvent, handle: (context: Context) => Promise<void>): Promise<void>;
}

export type MemorySettings = {
  /** How many events to remember. Default: 10,000. */
  readonly events?: number;
};

/** The most recent events that this process has handled. After a restart, and in other processes, they are unknown. */
export const rememberInMemory = (settings: MemorySettings = {}): EventMemory<undefined> => {
  expectArgument('rememberInMemory', settings, { events: optional(COUNT) });
  const { events = 10_000 } = settings;
  const handled = new Set<string>();
  const inFlight = new Map<string, Promise<void>>();
  return {
    once: async ({ event: { eventId } }, handle) => {
      // The same event may be in two partitions, because a replay wrote it again.
      for (let other = inFlight.get(eventId); other !== undefined; other = inFlight.get(eventId))
        await other.catch(() => undefined);
      if (handled.has(eventId)) return;
      const handling = handle(undefined);
      inFlight.set(eventId, handling);
      try {
        await handling;
      } finally {
        inFlight.delete(eventId);
      }
      handled.add(eventId);
      for (const oldest of handled) {
        if (handled.size <= events) break;
        handled.delete(oldest);
      }
    },
  };
};

/** The part of a client of Postgres that the memory uses: that of `pg`, and of others with the same interface. */
export interface QueryClient {
  query(
    text: string,
    values?: unknown[],
  ): Promise<{ readonly rowCount: number | null; readonly command?: string }>;
  /** Given an error, the pool closes the connection. */
  release(error?: Error): void;
  on?(event: 'error', listener: (error: Error) => void): unknown;
  off?(event: 'error', listener: (error: Error) => void): unknown;
}

export type PostgresMemorySettings<Client extends QueryClient> = {
  /** Returns a separate client for each event: `() => pool.connect()`. */
  readonly connect: () => Promise<Client>;
  /** The name of the service. Services with the same name share the handled events. */
  readonly consumer: string;
  /** The table, as docs/subscribing.md creates it. Default: `runclose_handled_event`. */
  readonly table?: string;
};

/**
 * Remembers events in the service's own Postgres, in the same transaction as the statements that the handler runs with the client that it
 * gets. So the statements take effect once for each event, after crashes too, and in any number of processes.
 */
export const rememberInPostgres = <Client extends QueryClient>(
  settings: PostgresMemorySettings<Client>,
): EventMemory<Client> => {
  expectArgument('rememberInPostgres', settings, POSTGRES);
  const { connect, consumer, table = 'runclose_handled_event' } = settings;
  const insert = `INSERT INTO ${table} (consumer, event_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`;

  const transact = async (client: Client, eventId: string, handle: (client: Client) => Promise<void>) => {
    await client.query('BEGIN');
    const { rowCount } = await client.query(insert, [consumer, eventId]);
    if (rowCount === 0) {
      await client.query('ROLLBACK');
      return;
    }
    await handle(client);
    const { command } = await client.query('COMMIT');
    // Postgres answers COMMIT with ROLLBACK if a statement has failed and the handler ignored that error.
    if (command === 'ROLLBACK')
      throw new Error('Postgres has rolled back the transaction, because one of its statements failed');
  };

  return {
    once: async ({ event }, handle) => {
      const client = await connect();
      // Without a listener, a connection that is lost between two statements ends the process. The next statement, COMMIT at the latest, fails.
      client.on?.('error', ignore);
      try {
        await transact(client, event.eventId, handle);
      } catch (error) {
        // The connection may be broken or in the middle of a transaction, so the pool must not use it again.
        client.release(error instanceof Error ? error : new Error(String(error)));
        throw error;
      } finally {
        client.off?.('error', ignore);
      }
      client.release();
    },
  };
};

const ignore = (): void => undefined;

const COUNT = must(
  'events',
  'a whole number from 1',
  (value) => Number.isSafeInteger(value) && Number(value) >= 1,
);

const POSTGRES = {
  connect: must('connect', 'a function', (value) => typeof value === 'function'),
  consumer: must(
    'consumer',
    'a text that is not empty',
    (value) => typeof value === 'string' && value.trim() !== '',
  ),
  table: optional(
    must('table', 'a name of lower-case letters, digits and "_", with or without a schema', (value) =>
      /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(String(value)),
    ),
  ),
};

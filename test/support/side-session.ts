import pg from 'pg';
import type { TestDatabase } from './database.ts';

/** A foreign transaction that holds locks until it is released. */
export type HeldLocks = {
  /** Whether any other session of the database waits for a lock. */
  areWaitedFor(): Promise<boolean>;
  /** Runs one more statement in the transaction. */
  query(text: string): Promise<void>;
  release(): Promise<void>;
};

/** Takes locks by one statement, so that others have to wait. */
export const holdLocks = async (
  { settings, query }: Pick<TestDatabase, 'settings' | 'query'>,
  text: string,
): Promise<HeldLocks> => {
  const session = new pg.Client(settings.url);
  await session.connect();
  await session.query('BEGIN');
  await session.query(text);
  return {
    areWaitedFor: async () => {
      const waiting = await query(
        "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
      );
      return waiting.length > 0;
    },
    query: async (more) => {
      await session.query(more);
    },
    release: async () => {
      await session.query('ROLLBACK');
      await session.end();
    },
  };
};

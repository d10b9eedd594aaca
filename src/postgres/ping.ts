import { sql } from 'slonik';
import { during } from './failures.ts';
import type { Database } from './pool.ts';

/** Resolves when the database answers a query. */
export const ping = (pool: Database): Promise<void> =>
  during('reaching Postgres', async () => {
    await pool.query(sql.unsafe`SELECT 1`);
  });

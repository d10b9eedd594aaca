import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from './failures.ts';
import type { Database } from './pool.ts';
import { isStandby } from './session-check.ts';

/** Resolves when the database answers a query. */
export const ping = (pool: Database): Promise<void> =>
  withPostgresFailure('reaching Postgres', async () => {
    await pool.query(sql.unsafe`SELECT 1`);
  });

/** Resolves when the database answers and accepts writes. */
export const pingPrimary = (pool: Database): Promise<void> =>
  withPostgresFailure('reaching Postgres', async () => {
    const standby = await pool.oneFirst(
      sql.type(z.object({ standby: z.boolean() }))`SELECT pg_is_in_recovery() AS standby`,
    );
    if (standby) throw isStandby();
  });

import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from './failures.ts';
import type { Database } from './pool.ts';

/** The server's version, such as `17.2`. */
export const serverVersion = (pool: Database): Promise<string> =>
  withPostgresFailure("asking for the server's version", () =>
    pool.oneFirst(sql.type(z.object({ version: z.string() }))`
      SELECT split_part(current_setting('server_version'), ' ', 1) AS version`),
  );

/** The server's clock, in milliseconds since 1970. */
export const serverTime = (pool: Database): Promise<number> =>
  withPostgresFailure("asking for the server's time", () =>
    pool.oneFirst(sql.type(z.object({ now: z.number() }))`
      SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now`),
  );

import { sql } from 'slonik';
import { z } from 'zod';
import { DEFAULT_CHANNEL_POLICY } from '../../domain/channel-policy.ts';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';

/** The shortest retention of any channel, in days: nothing younger has to be redacted. */
export const shortestRetention = (pool: Database): Promise<number> =>
  withPostgresFailure("reading the channels' retention", () =>
    pool.oneFirst(sql.type(z.object({ days: z.number() }))`
      SELECT least(min(retention_days), ${DEFAULT_CHANNEL_POLICY.retentionDays}::integer) AS days FROM channel_policy`),
  );

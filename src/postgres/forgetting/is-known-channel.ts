import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';

/** Whether anything was ever decided in a channel, or its policy was ever set. */
export const isKnownChannel = (pool: Database, channelId: string): Promise<boolean> =>
  withPostgresFailure('looking for a channel', () =>
    pool.oneFirst(sql.type(z.object({ known: z.boolean() }))`
      SELECT EXISTS (SELECT FROM channel_ledger WHERE channel_id = ${channelId})
        OR EXISTS (SELECT FROM decision WHERE channel_id = ${channelId})
        OR EXISTS (SELECT FROM channel_policy WHERE channel_id = ${channelId}) AS known`),
  );

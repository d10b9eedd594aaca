import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from './failures.ts';
import type { Database } from './pool.ts';

/** There may be very many channels, and the result is only a hint in a message. */
const MAX_CHANNELS = 20_000;
const MAX_EXTRA_LETTERS = 3;

/** Channels that a user may have meant: something was decided or set in them, and their ids have about this length. */
export const similarChannels = (pool: Database, channelId: string): Promise<readonly string[]> =>
  withPostgresFailure('looking for channels', async () => [
    ...(await pool.anyFirst(sql.type(z.object({ channel_id: z.string() }))`
      SELECT channel_id FROM (SELECT channel_id FROM channel_ledger UNION SELECT channel_id FROM channel_policy) AS c
      WHERE length(channel_id) BETWEEN ${channelId.length - MAX_EXTRA_LETTERS} AND ${channelId.length + MAX_EXTRA_LETTERS}
      ORDER BY channel_id LIMIT ${MAX_CHANNELS}`)),
  ]);

import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';

/** The channels in which a person ever took part in a closed run. No other decision contains the person's data. */
export const channelsOfPerson = (pool: Database, userId: string): Promise<readonly string[]> =>
  withPostgresFailure('looking for the channels of a person', () =>
    // Look the person up in each channel: no index of `channel_member` starts with the person.
    pool.anyFirst(sql.type(z.object({ channel_id: z.string() }))`
      SELECT m.channel_id FROM channel_ledger l
      JOIN channel_member m ON m.channel_id = l.channel_id AND m.user_id = ${userId}
      ORDER BY m.channel_id`),
  );

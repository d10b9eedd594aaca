import { sql } from 'slonik';
import { z } from 'zod';
import { during } from '../failures.ts';
import type { Database } from '../pool.ts';

/** Where somebody has ever taken part in a closed run: no other decision names them. */
export const channelsOfPerson = (pool: Database, userId: string): Promise<readonly string[]> =>
  during('looking for the channels of a person', () =>
    // From each channel to its member: the members have no key that begins with the person.
    pool.anyFirst(sql.type(z.object({ channel_id: z.string() }))`
      SELECT m.channel_id FROM channel_ledger l
      JOIN channel_member m ON m.channel_id = l.channel_id AND m.user_id = ${userId}
      ORDER BY m.channel_id`),
  );

import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from './failures.ts';
import type { Database } from './pool.ts';

/** Bodies are kept as long as a record may be delivered again. Older events are in the topics. */
export const KEEP_EVENT_DAYS = 14;

export type EventDays = { readonly created: readonly string[]; readonly dropped: readonly string[] };

/**
 * Creates the table partitions for the next days, and drops days that ended more than `keepDays` ago. Bodies that are not known to be
 * emitted are kept. Several processors may call this at once, a few times a day. Days are ISO dates in UTC.
 */
export const maintainEventDays = (pool: Database, keepDays = KEEP_EVENT_DAYS): Promise<EventDays> =>
  withPostgresFailure('maintaining the days of stored events', async () => {
    const created = await pool.anyFirst(sql.type(dayRow)`SELECT create_decision_event_days()::text AS day`);
    const dropped = await pool.anyFirst(
      sql.type(dayRow)`SELECT drop_decision_event_days(${keepDays})::text AS day`,
    );
    return { created, dropped };
  });

const dayRow = z.object({ day: z.string() });

import { sql } from 'slonik';
import { z } from 'zod';
import { textArray } from '../binary-arrays.ts';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';
import { type ForgettingScope, inReach } from './read-page.ts';

/** The number of rows that will be read. Stops at a million, because counting takes time too. */
export const countBodies = (
  pool: Database,
  scope: ForgettingScope,
  channelIds: readonly string[] | undefined,
): Promise<number> =>
  withPostgresFailure('counting stored bodies', () => {
    const inChannels =
      channelIds === undefined
        ? sql.fragment`true`
        : sql.fragment`e.channel_id = ANY(${textArray(channelIds)}::text[])`;
    return pool.oneFirst(sql.type(z.object({ rows: z.number() }))`
      SELECT count(*) AS rows FROM (
        SELECT FROM decision_event e WHERE ${inChannels} AND ${inReach(scope)} LIMIT 1000000
      ) AS counted`);
  });

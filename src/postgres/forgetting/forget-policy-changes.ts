import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';

export type PolicyChangesRequest = {
  /** As given to `channel set --by`. */
  readonly names: readonly string[];
  /** The only channel; undefined: all channels. */
  readonly channelId: string | undefined;
  /** `dry` writes nothing. */
  readonly mode: 'dry' | 'write';
};

/** The author is free text. This replaces the author and keeps the change. */
export const FORGOTTEN = '(forgotten)';

/** Resolves with the number of policy versions by authors of these names. */
export const forgetPolicyChanges = (
  pool: Database,
  { names, channelId, mode }: PolicyChangesRequest,
): Promise<number> =>
  withPostgresFailure('forgetting who changed policies', async () => {
    const of = sql.fragment`
      changed_by = ANY(${sql.array([...names], 'text')})
      AND (${channelId ?? null}::text IS NULL OR channel_id = ${channelId ?? null})`;
    if (mode === 'dry')
      return pool.oneFirst(sql.type(z.object({ count: z.number() }))`
        SELECT count(*)::integer AS count FROM channel_policy WHERE ${of}`);
    const { rowCount } = await pool.query(sql.unsafe`
      UPDATE channel_policy SET changed_by = ${FORGOTTEN} WHERE ${of}`);
    return rowCount;
  });

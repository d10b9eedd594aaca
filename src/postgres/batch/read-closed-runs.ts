import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import type { Claim } from '../../processor/ports/decision-store.ts';
import { textArray } from '../binary-arrays.ts';

export type ClosedRunRow = z.infer<typeof closedRunRow>;

/**
 * Selects the runs that are already closed, each with its runner and the command that closed it. LATERAL … LIMIT 1 makes Postgres look up
 * each run separately. In a plain join, the planner takes a partial index that was never analyzed for a single row, and reads all of it.
 */
export const closedRuns = (claims: readonly Pick<Claim, 'channelId' | 'runId'>[]): FragmentSqlToken =>
  sql.fragment`
    SELECT c.channel_id, c.run_id, d.command_id, d.runner_user_id
    FROM unnest(
      ${textArray(claims.map((claim) => claim.channelId))}::text[],
      ${textArray(claims.map((claim) => claim.runId))}::text[]
    ) AS c (channel_id, run_id)
    CROSS JOIN LATERAL (
      SELECT command_id, runner_user_id FROM decision
      WHERE channel_id = c.channel_id AND run_id = c.run_id AND outcome = 'closed'
      LIMIT 1
    ) AS d`;

export const closedRunRow = z.object({
  channel_id: z.string(),
  run_id: z.string(),
  command_id: z.string(),
  runner_user_id: z.string(),
});

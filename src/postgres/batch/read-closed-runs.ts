import { sql } from 'slonik';
import { z } from 'zod';
import type { Claim } from '../../processor/ports.ts';
import { textArray } from '../binary-arrays.ts';
import type { Transaction } from '../pool.ts';

export type ClosedRunRow = z.infer<typeof closedRunRow>;

/** The runs of the batch that are closed already, each with the command that closed it. */
export const readClosedRuns = (
  transaction: Transaction,
  claims: readonly Claim[],
): Promise<readonly ClosedRunRow[]> =>
  transaction.any(sql.type(closedRunRow)`
    SELECT d.channel_id, d.run_id, d.command_id
    FROM unnest(
      ${textArray(claims.map((claim) => claim.channelId))}::text[],
      ${textArray(claims.map((claim) => claim.runId))}::text[]
    ) AS c (channel_id, run_id)
    JOIN decision d ON d.channel_id = c.channel_id AND d.run_id = c.run_id AND d.outcome = 'closed'`);

const closedRunRow = z.object({ channel_id: z.string(), run_id: z.string(), command_id: z.string() });

import { sql } from 'slonik';
import { z } from 'zod';
import type { Divergence } from '../../replay/verify/divergence.ts';
import { during } from '../failures.ts';
import type { Database } from '../pool.ts';

/** What a shadow has come to. */
export type ShadowTotals = {
  readonly closed: number;
  readonly rejected: number;
  readonly duplicates: number;
  readonly channels: number;
  /** Where what was decided is not what was emitted, the oldest first. */
  readonly contradictions: readonly Divergence[];
};

export const readShadowTotals = (shadow: Database): Promise<ShadowTotals> =>
  during('counting what is in the shadow', async () => {
    const counts = await shadow.one(sql.type(countsRow)`
      SELECT
        (SELECT count(*) FROM decision WHERE outcome = 'closed') AS closed,
        (SELECT count(*) FROM decision WHERE outcome = 'rejected') AS rejected,
        (SELECT count(*) FROM duplicate_command) AS duplicates,
        (SELECT count(*) FROM channel_ledger) AS channels`);
    const contradictions = await shadow.anyFirst(sql.type(z.object({ divergence: z.custom<Divergence>() }))`
      SELECT divergence FROM rebuild_contradiction ORDER BY id`);
    return { ...counts, contradictions };
  });

const countsRow = z.object({
  closed: z.number(),
  rejected: z.number(),
  duplicates: z.number(),
  channels: z.number(),
});

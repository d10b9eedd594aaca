import { sql } from 'slonik';
import { z } from 'zod';
import type { Divergence } from '../../replay/verify/divergence.ts';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';

/** How much a shadow holds so far. */
export type ShadowTotals = z.infer<typeof totalsRow>;

export const readShadowTotals = (shadow: Database): Promise<ShadowTotals> =>
  withPostgresFailure('counting the rebuilt decisions', () =>
    shadow.one(sql.type(totalsRow)`
      SELECT
        (SELECT count(*) FROM channel_ledger) AS channels,
        (SELECT count(*) FROM decision WHERE outcome = 'closed') AS closed,
        (SELECT count(*) FROM decision WHERE outcome = 'rejected') AS rejected,
        (SELECT count(*) FROM duplicate_command) AS duplicates`),
  );

const totalsRow = z.object({
  channels: z.number(),
  closed: z.number(),
  rejected: z.number(),
  duplicates: z.number(),
});

const PAGE = 1_000;

export type Contradiction = z.infer<typeof contradictionRow>;

/** Reads where the rebuild contradicts emitted events, the oldest contradiction first. `behind`: the id of the last one that is known. */
export async function* readContradictions(
  shadow: Database,
  behind: number,
): AsyncGenerator<Contradiction, void, undefined> {
  for (let after = behind; ;) {
    const page = await withPostgresFailure('reading the decisions that contradict the events', () =>
      shadow.any(sql.type(contradictionRow)`
        SELECT id, divergence FROM rebuild_contradiction WHERE id > ${after} ORDER BY id LIMIT ${PAGE}`),
    );
    yield* page;
    const last = page.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

const contradictionRow = z.object({ id: z.number(), divergence: z.custom<Divergence>() });

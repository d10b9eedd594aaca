import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';
import { FORGOTTEN } from './forget-policy-changes.ts';

/** Erases who skipped records. `names`: as given to `skip --by`. Resolves with the number of records that they skipped. */
export const forgetSkips = (
  pool: Database,
  names: readonly string[],
  mode: 'dry' | 'write',
): Promise<number> =>
  withPostgresFailure('forgetting who skipped records', async () => {
    const of = sql.fragment`skipped_by = ANY(${sql.array([...names], 'text')})`;
    if (mode === 'dry')
      return pool.oneFirst(sql.type(z.object({ count: z.number() }))`
        SELECT count(*)::integer AS count FROM skipped_record WHERE ${of}`);
    const { rowCount } = await pool.query(sql.unsafe`
      UPDATE skipped_record SET skipped_by = ${FORGOTTEN} WHERE ${of}`);
    return rowCount;
  });

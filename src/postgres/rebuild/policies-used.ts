import { sql } from 'slonik';
import { z } from 'zod';
import { during } from '../failures.ts';
import type { Database } from '../pool.ts';

/** Remembers the policies that the rebuild decides under from now on. */
export const rememberPolicies = (shadow: Database): Promise<void> =>
  during('remembering the policies of the rebuild', async () => {
    await shadow.query(sql.unsafe`
      INSERT INTO channel_policy SELECT * FROM runclose.channel_policy ON CONFLICT DO NOTHING`);
  });

/**
 * Whether a version under which the rebuild has decided is another one by now, or gone; or one has come that should have applied to
 * what was decided already, as when policies are put back from a backup.
 */
export const havePoliciesChanged = (shadow: Database): Promise<boolean> =>
  during('comparing the policies with those of the rebuild', () =>
    shadow.oneFirst(sql.type(z.object({ changed: z.boolean() }))`
      SELECT EXISTS (
        SELECT FROM channel_policy s
        LEFT JOIN runclose.channel_policy p USING (channel_id, version)
        WHERE s IS DISTINCT FROM p
      ) OR EXISTS (
        SELECT FROM runclose.channel_policy p
        JOIN channel_ledger l USING (channel_id)
        WHERE p.after_revision < l.revision
          AND NOT EXISTS (SELECT FROM channel_policy s WHERE s.channel_id = p.channel_id AND s.version = p.version)
      ) AS changed`),
  );

import { sql } from 'slonik';
import { z } from 'zod';
import { withPostgresFailure } from '../failures.ts';
import type { LeaseScope } from '../lease/lease-scope.ts';
import type { Database } from '../pool.ts';

/**
 * Other inputs that change the same ledgers: topics or clusters whose leases were used within the last day. Also names this topic and
 * cluster if its leases are retired, because another cluster was adopted instead.
 */
export const otherSources = (pool: Database, { clusterId, topic }: LeaseScope): Promise<readonly string[]> =>
  withPostgresFailure('looking for other inputs that change the ledgers of this database', () =>
    pool.anyFirst(sql.type(z.object({ source: z.string() }))`
      SELECT DISTINCT topic || ' of cluster ' || cluster_id || CASE WHEN retired_at IS NULL THEN '' ELSE ', retired' END AS source
      FROM runclose.partition_lease
      WHERE (cluster_id = ${clusterId} AND topic = ${topic}) = (retired_at IS NOT NULL)
        AND (retired_at IS NOT NULL OR used_at > now() - interval '1 day')
      ORDER BY source`),
  );

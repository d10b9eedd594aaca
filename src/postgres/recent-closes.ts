import { sql } from 'slonik';
import { z } from 'zod';
import { during } from './failures.ts';
import type { Database } from './pool.ts';

/** A `run.closed` body, and the fingerprints of the schemas that its decision's bodies were written with, one after the other. */
export type StoredClose = { readonly body: Buffer; readonly schemaFingerprint: Buffer };

const MOST = 200;

/** The last closes of a channel whose bodies are still stored, the newest first. */
export const recentCloses = (pool: Database, channelId: string): Promise<readonly StoredClose[]> =>
  during(`reading the last runs of channel ${channelId}`, async () => {
    const rows = await pool.any(sql.type(closeRow)`
      SELECT e.closed, d.schema_fingerprint
      FROM decision d JOIN decision_event e USING (channel_id, command_id, stored_at)
      WHERE d.channel_id = ${channelId} AND d.outcome = 'closed' AND e.closed IS NOT NULL
      ORDER BY d.revision DESC
      LIMIT ${MOST}`);
    return rows.map((row) => ({ body: row.closed, schemaFingerprint: row.schema_fingerprint }));
  });

const closeRow = z.object({ closed: z.instanceof(Buffer), schema_fingerprint: z.instanceof(Buffer) });

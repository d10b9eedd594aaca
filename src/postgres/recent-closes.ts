import { sql } from 'slonik';
import { z } from 'zod';
import { bodiesOf, bodiesRow, shortFingerprints } from './bodies.ts';
import { withPostgresFailure } from './failures.ts';
import type { Database } from './pool.ts';

/** A `run.closed` body, and the fingerprints of the schemas that wrote the bodies of its decision, one after the other. */
export type StoredClose = { readonly body: Buffer; readonly schemaFingerprint: Buffer };

const MAX_CLOSES = 200;

/** A channel's latest closed runs whose bodies are still stored, the newest first. */
export const recentCloses = (pool: Database, channelId: string): Promise<readonly StoredClose[]> =>
  withPostgresFailure(`reading the last runs of channel ${channelId}`, async () => {
    const rows = await pool.any(sql.type(closeRow)`
      SELECT e.closed, e.summary, e.rejected, e.packed, d.schema_fingerprint
      FROM decision d JOIN decision_event e USING (channel_id, command_id, stored_at)
      WHERE d.channel_id = ${channelId} AND d.outcome = 'closed'
      ORDER BY d.revision DESC
      LIMIT ${MAX_CLOSES}`);
    return rows.flatMap((row) => {
      const body = bodiesOf(row)['run.closed'];
      return body === undefined
        ? []
        : [{ body, schemaFingerprint: shortFingerprints(row.schema_fingerprint) }];
    });
  });

const closeRow = bodiesRow.extend({ schema_fingerprint: z.instanceof(Buffer) });

import { fingerprintOf } from '../../avro/fingerprint.ts';
import { loadSchemas } from '../../avro/schema-files.ts';
import type { RunClosed } from '../../domain/records.ts';
import type { Database } from '../../postgres/pool.ts';
import { recentCloses } from '../../postgres/recent-closes.ts';

/**
 * The latest names of people in a channel's stored events, by user id. The ledger has no names. So a person whose last order is older than
 * the stored events has no name here.
 */
export const knownNames = async (pool: Database, channelId: string): Promise<ReadonlyMap<string, string>> => {
  const schemas = loadSchemas();
  const inUse = Buffer.concat(
    (['run.closed', 'run.summary'] as const).map((type) => fingerprintOf(schemas[type].type)),
  );
  const names = new Map<string, string>();
  for (const { body, schemaFingerprint } of await recentCloses(pool, channelId)) {
    if (!inUse.equals(schemaFingerprint)) continue;
    const { fairness } = schemas['run.closed'].type.fromBuffer(body) as RunClosed;
    for (const { userId, displayName } of fairness.ranking)
      if (!names.has(userId) && displayName !== '') names.set(userId, displayName);
  }
  return names;
};

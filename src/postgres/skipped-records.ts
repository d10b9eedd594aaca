import { sql } from 'slonik';
import { z } from 'zod';
import type { SkippedRecord } from '../processor/ports/decision-store.ts';
import { withPostgresFailure } from './failures.ts';
import type { LeaseScope } from './lease/lease-scope.ts';
import type { Database } from './pool.ts';

/** The records of a partition that an operator has skipped, by offset. There are few: each needed one `runclose skip`. */
export const readSkipped = async (
  pool: Database,
  { clusterId, topic }: LeaseScope,
  partition: number,
): Promise<readonly SkippedRecord[]> => {
  const rows = await pool.any(sql.type(skippedRow)`
    SELECT source_offset, record_hash, skipped_by, skipped_at FROM skipped_record
    WHERE cluster_id = ${clusterId} AND topic = ${topic} AND partition = ${partition}
    ORDER BY source_offset`);
  return rows.map(skippedOf);
};

/** The skipped records of all partitions, and of every cluster that had a topic of this name. */
export const listSkipped = (
  pool: Database,
  topic: string,
): Promise<readonly (SkippedRecord & { readonly partition: number })[]> =>
  withPostgresFailure('looking for skipped records', async () => {
    const rows = await pool.any(sql.type(skippedRow.extend({ partition: z.number() }))`
      SELECT partition, source_offset, record_hash, skipped_by, skipped_at FROM skipped_record
      WHERE topic = ${topic} ORDER BY partition, source_offset`);
    return rows.map(({ partition, ...row }) => ({ partition, ...skippedOf(row) }));
  });

/** Safe to run again: the first entry stays. */
export const skipRecord = (
  pool: Database,
  { clusterId, topic }: LeaseScope,
  {
    partition,
    offset,
    recordHash,
    by,
  }: Pick<SkippedRecord, 'offset' | 'recordHash' | 'by'> & { readonly partition: number },
): Promise<void> =>
  withPostgresFailure(
    `recording that ${topic}/${String(partition)}@${String(offset)} is skipped`,
    async () => {
      await pool.query(sql.unsafe`
      INSERT INTO skipped_record (cluster_id, topic, partition, source_offset, record_hash, skipped_by)
      VALUES (${clusterId}, ${topic}, ${partition}, ${offset}, ${sql.binary(recordHash)}, ${by})
      ON CONFLICT DO NOTHING`);
    },
  );

/** Whether a decision of the record at a position is stored. */
export const isDecided = (
  pool: Database,
  { clusterId, topic }: LeaseScope,
  { partition, offset }: { readonly partition: number; readonly offset: number },
): Promise<boolean> =>
  withPostgresFailure(`looking for a decision of ${topic}/${String(partition)}@${String(offset)}`, () =>
    pool.exists(sql.unsafe`
      SELECT FROM decision JOIN partition_lease l USING (source_id)
      WHERE l.cluster_id = ${clusterId} AND l.topic = ${topic} AND l.partition = ${partition}
        AND source_offset = ${offset}`),
  );

const skippedRow = z.object({
  source_offset: z.number(),
  record_hash: z.instanceof(Buffer),
  skipped_by: z.string().nullable(),
  skipped_at: z.number(),
});

const skippedOf = (row: z.infer<typeof skippedRow>): SkippedRecord => ({
  offset: row.source_offset,
  recordHash: row.record_hash,
  by: row.skipped_by,
  at: row.skipped_at,
});

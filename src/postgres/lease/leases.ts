import { sql } from 'slonik';
import { z } from 'zod';
import type { RecordedAlarm } from '../../processor/alarm.ts';
import { withPostgresFailure } from '../failures.ts';
import type { Database } from '../pool.ts';
import { isNewLog } from './lease-scope.ts';

/** The lease of one input partition, and how far the store has come. */
export type PartitionLease = {
  readonly clusterId: string;
  readonly topic: string;
  readonly partition: number;
  /** Kafka's topic ids; null: not known. */
  readonly inputId: string | null;
  readonly outputsId: string | null;
  readonly epoch: number;
  readonly holder: string;
  readonly groupId: string;
  readonly generation: number;
  /** One past the last stored input offset. */
  readonly nextOffset: number | null;
  /** Everything below was emitted, as of the last batch or drain. */
  readonly emittedThrough: number | null;
  /** An operator has accepted the loss of all input below this offset. */
  readonly skippedBefore: number;
  /** The log once ended before an offset that the store already held. */
  readonly isCutShort: boolean;
  /** The log replaced another log, and nothing of the new log is stored yet. */
  readonly isNewLog: boolean;
  /** The last alarm that its owner has raised about a record. */
  readonly alarm: RecordedAlarm | null;
  /** Milliseconds: when its owner last took, stored or recorded anything. */
  readonly usedAt: number;
};

/** Whether `runclose setup` was ever run in this database. */
export const hasLeases = (pool: Database): Promise<boolean> =>
  withPostgresFailure('looking for the leases', () =>
    pool.oneFirst(
      sql.type(z.object({ there: z.boolean() }))`SELECT to_regclass('partition_lease') IS NOT NULL AS there`,
    ),
  );

/** The leases of a topic that are not retired, of all clusters, sorted by cluster and partition. */
export const listLeases = (pool: Database, topic: string): Promise<readonly PartitionLease[]> =>
  withPostgresFailure(`reading the leases of ${topic}`, async () => {
    const rows = await pool.any(sql.type(leaseRow)`
      SELECT cluster_id, topic, partition, input_id, outputs_id, epoch, holder, group_id, generation, next_offset, emitted_through, given_up_before, cut_short, used_at,
        alarm_offset, alarm_code, alarm_message, ${isNewLog} AS is_new_log
      FROM partition_lease l
      WHERE topic = ${topic} AND retired_at IS NULL
      ORDER BY cluster_id, partition`);
    return rows.map((row) => ({
      clusterId: row.cluster_id,
      topic: row.topic,
      partition: row.partition,
      inputId: row.input_id,
      outputsId: row.outputs_id,
      epoch: row.epoch,
      holder: row.holder,
      groupId: row.group_id,
      generation: row.generation,
      nextOffset: row.next_offset,
      emittedThrough: row.emitted_through,
      skippedBefore: row.given_up_before,
      isCutShort: row.cut_short,
      isNewLog: row.is_new_log,
      alarm: alarmOf(row),
      usedAt: row.used_at,
    }));
  });

const leaseRow = z.object({
  cluster_id: z.string(),
  topic: z.string(),
  partition: z.number(),
  input_id: z.string().nullable(),
  outputs_id: z.string().nullable(),
  epoch: z.number(),
  holder: z.string(),
  group_id: z.string(),
  generation: z.number(),
  next_offset: z.number().nullable(),
  emitted_through: z.number().nullable(),
  given_up_before: z.number(),
  cut_short: z.boolean(),
  is_new_log: z.boolean(),
  alarm_offset: z.number().nullable(),
  alarm_code: z.string().nullable(),
  alarm_message: z.string().nullable(),
  used_at: z.number(),
});

const alarmOf = ({
  alarm_offset: offset,
  alarm_code: code,
  alarm_message: message,
}: z.infer<typeof leaseRow>): RecordedAlarm | null =>
  offset === null || code === null || message === null
    ? null
    : { offset, code: code as RecordedAlarm['code'], message };

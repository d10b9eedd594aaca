import { sql, type FragmentSqlToken } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import { otherLogAmong } from '../../processor/log-identity.ts';
import type { Applicant, LeaseGrant } from '../../processor/ports/lease.ts';
import type { LogIdentity } from '../../processor/ports/input-log.ts';
import type { Database } from '../pool.ts';
import { isNewLog, ofPartition, type LeaseScope } from './lease-scope.ts';

/**
 * Gives the lease of a partition to the applicant, which fences the previous owner: the first step of reconciling (R1 of
 * docs/adr/0002-six-rules-for-effectively-once.md). A single statement, so that a refusal fences nobody.
 *
 * Refuses an older generation only while a newer generation of the same group is active: it has used the lease within the last 30 seconds,
 * and has not released it. A permanent refusal would be a dead end, because generations start again from 1 after the broker has lost the
 * group (deleted, expired, rebuilt). 30 seconds is the session timeout: by then, a live member of an older generation has learnt of the
 * newer one, and a group can only be deleted after its members have been gone for as long.
 *
 * A frozen member that wakes later, on an idle partition, gets the lease once. The rightful owner loses one batch to the fence, takes the
 * lease back and keeps it, because the lease is in use from then on.
 *
 * Another group gets the lease at once: two groups must not share a topic and a database, and a renamed group should not have to wait.
 *
 * Refuses if another lease on this topic name belongs to another cluster, or to a topic with another id: otherwise positions of the two
 * logs would be mixed up.
 */
export const takeLease = async (
  pool: Database,
  { topic, groupId }: { readonly topic: string; readonly groupId: string },
  { partition, holder, generation, log }: Applicant,
): Promise<LeaseGrant> => {
  const { clusterId, inputId, outputsId } = log;
  const scope = { clusterId, topic };
  const granted = await pool.maybeOne(sql.type(grantedRow)`
    INSERT INTO partition_lease AS l (
      cluster_id, topic, partition, epoch, holder, group_id, generation, input_id, outputs_id, input_known_from)
    SELECT ${clusterId}, ${topic}, ${partition}::integer, 1, ${holder}::uuid, ${groupId}, ${generation}::integer,
      ${inputId}::text, ${outputsId}::text, CASE WHEN ${inputId}::text IS NOT NULL THEN 0 END
    WHERE NOT EXISTS (SELECT FROM partition_lease l WHERE ${ofAnotherLog(log, topic)})
    ON CONFLICT (cluster_id, topic, partition) DO UPDATE
    SET epoch = l.epoch + 1, holder = excluded.holder, group_id = excluded.group_id,
        generation = excluded.generation, used_at = now(), released_at = NULL,
        input_id = coalesce(l.input_id, excluded.input_id), outputs_id = coalesce(l.outputs_id, excluded.outputs_id),
        input_known_from = CASE WHEN excluded.input_id IS NULL THEN l.input_known_from
          ELSE coalesce(l.input_known_from, l.next_offset, 0) END
    WHERE l.retired_at IS NULL AND NOT (
      l.group_id = excluded.group_id AND l.generation > excluded.generation
      AND l.released_at IS NULL AND l.used_at > clock_timestamp() - interval '30 seconds')
    RETURNING epoch, next_offset, emitted_through, given_up_before, cut_short, input_known_from, ${isNewLog} AS is_new_log`);
  if (granted !== null) {
    return {
      kind: 'granted',
      lease: { clusterId, partition, epoch: granted.epoch, holder },
      nextOffset: granted.next_offset,
      emittedThrough: granted.emitted_through,
      skippedBefore: granted.given_up_before,
      isCutShort: granted.cut_short,
      isNewLog: granted.is_new_log,
      inputKnownFrom: inputId === null ? null : granted.input_known_from,
    };
  }

  const standing = await pool.maybeOne(sql.type(standingRow)`
    SELECT generation, retired_at IS NOT NULL AS retired FROM partition_lease l WHERE ${ofPartition(scope, partition)}`);
  if (standing?.retired === true) throw retired(scope);
  const others = await pool.any(sql.type(otherRow)`
    SELECT cluster_id, input_id, outputs_id FROM partition_lease l WHERE ${ofAnotherLog(log, topic)} ORDER BY partition`);
  const other = otherLogAmong(
    others.map((row) => ({ clusterId: row.cluster_id, inputId: row.input_id, outputsId: row.outputs_id })),
    log,
  );
  return other ?? { kind: 'refused', generation: standing?.generation ?? generation };
};

/** An id that is unknown on one side counts as equal. */
const ofAnotherLog = ({ clusterId, inputId, outputsId }: LogIdentity, topic: string): FragmentSqlToken =>
  sql.fragment`
    l.topic = ${topic} AND l.retired_at IS NULL
    AND (l.cluster_id <> ${clusterId} OR l.input_id <> ${inputId}::text OR l.outputs_id <> ${outputsId}::text)`;

const grantedRow = z.object({
  epoch: z.number(),
  next_offset: z.number().nullable(),
  emitted_through: z.number().nullable(),
  given_up_before: z.number(),
  cut_short: z.boolean(),
  input_known_from: z.number().nullable(),
  is_new_log: z.boolean(),
});

const standingRow = z.object({ generation: z.number(), retired: z.boolean() });

const otherRow = z.object({
  cluster_id: z.string(),
  input_id: z.string().nullable(),
  outputs_id: z.string().nullable(),
});

const retired = ({ clusterId, topic }: LeaseScope): Failure =>
  new Failure(
    'fatal',
    'CLUSTER_RETIRED',
    `Kafka cluster ${clusterId} was retired for ${topic}, because another cluster was adopted. To return to this cluster, ` +
      'stop every processor of the other one and run `runclose adopt-cluster`',
  );

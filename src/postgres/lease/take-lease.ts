import { sql } from 'slonik';
import { z } from 'zod';
import { Failure } from '../../processor/failure.ts';
import type { LeaseGrant } from '../../processor/ports.ts';
import type { Database } from '../pool.ts';
import { ofPartition, type LeaseScope } from './lease-scope.ts';

export type Applicant = {
  readonly partition: number;
  /** A UUID, new for each lease. */
  readonly holder: string;
  readonly groupId: string;
  readonly generation: number;
};

/**
 * Gives the partition to the applicant, and so fences whoever had it (R1). One statement, so that a refusal fences nobody.
 *
 * An older generation is refused only while a newer one of the same group is at work: it has used the lease within the last
 * 30 seconds, and has not let go. A group's generations start again from 1 once the broker has forgotten the group (deleted,
 * expired, rebuilt), so a refusal for ever would be a dead end. 30 seconds is the session timeout: by then a living member of an
 * older generation has met the newer one, and a group can only be deleted once its members are gone for as long. A frozen member
 * that wakes later on an idle partition gets the lease once; the rightful owner loses a batch to the fence, takes the lease back
 * and keeps it, since from then on it is used.
 *
 * Another group is given the lease at once: two groups must not share a topic and a database, and a group that was renamed
 * should not have to wait.
 */
export const takeLease = async (
  pool: Database,
  scope: LeaseScope,
  applicant: Applicant,
): Promise<LeaseGrant> => {
  const { partition, holder, groupId, generation } = applicant;
  const granted = await pool.maybeOne(sql.type(grantedRow)`
    INSERT INTO partition_lease AS l (cluster_id, topic, partition, epoch, holder, group_id, generation)
    VALUES (${scope.clusterId}, ${scope.topic}, ${partition}, 1, ${holder}, ${groupId}, ${generation})
    ON CONFLICT (cluster_id, topic, partition) DO UPDATE
    SET epoch = l.epoch + 1, holder = excluded.holder, group_id = excluded.group_id,
        generation = excluded.generation, used_at = now(), released_at = NULL
    WHERE l.retired_at IS NULL AND NOT (
      l.group_id = excluded.group_id AND l.generation > excluded.generation
      AND l.released_at IS NULL AND l.used_at > clock_timestamp() - interval '30 seconds')
    RETURNING epoch, next_offset, given_up_before`);
  if (granted !== null) {
    return {
      kind: 'granted',
      lease: { partition, epoch: granted.epoch, holder },
      nextOffset: granted.next_offset,
      givenUpBefore: granted.given_up_before,
    };
  }

  const standing = await pool.one(sql.type(standingRow)`
    SELECT generation, retired_at IS NOT NULL AS retired FROM partition_lease l WHERE ${ofPartition(scope, partition)}`);
  if (standing.retired) throw retired(scope);
  return { kind: 'refused', generation: standing.generation };
};

const grantedRow = z.object({
  epoch: z.number(),
  next_offset: z.number().nullable(),
  given_up_before: z.number(),
});

const standingRow = z.object({ generation: z.number(), retired: z.boolean() });

const retired = ({ clusterId, topic }: LeaseScope): Failure =>
  new Failure(
    'fatal',
    'CLUSTER_RETIRED',
    `another Kafka cluster was adopted for ${topic} in the place of ${clusterId}; ` +
      'to go back to this one, stop the others and run `runclose adopt-cluster`',
  );

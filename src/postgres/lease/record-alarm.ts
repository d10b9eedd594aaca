import { sql } from 'slonik';
import type { RecordedAlarm } from '../../processor/alarm.ts';
import type { Lease } from '../../processor/ports/lease.ts';
import type { Database } from '../pool.ts';
import { sameLease, type LeaseScope } from './lease-scope.ts';

/** Stores the last alarm about a record of the partition. Does nothing if the lease is no longer held. */
export const recordAlarm = async (
  pool: Database,
  scope: LeaseScope,
  lease: Lease,
  { offset, code, message }: RecordedAlarm,
): Promise<void> => {
  await pool.query(sql.unsafe`
    UPDATE partition_lease l
    SET alarm_offset = ${offset}, alarm_code = ${code}, alarm_message = ${message}
    WHERE ${sameLease(scope, lease)}`);
};

import { findStart } from './find-start.ts';
import { otherLogAlarm, otherLogAmong } from './log-identity.ts';
import { alarmIn, missingOutputsAlarm } from './partition-alarms.ts';
import type { Alarm, RecordedAlarm } from './alarm.ts';
import type { InputLog, LogIdentity, MissingOutput } from './ports/input-log.ts';
import type { LeaseGrant } from './ports/lease.ts';

/** A lease, read without taking it. */
export type SeenLease = LogIdentity &
  Pick<
    Extract<LeaseGrant, { kind: 'granted' }>,
    'nextOffset' | 'emittedThrough' | 'skippedBefore' | 'isCutShort' | 'isNewLog'
  > & { readonly partition: number; readonly alarm: RecordedAlarm | null };

export type InspectDeps = {
  readonly topic: string;
  readonly log: Pick<InputLog, 'committedOffset' | 'bounds'>;
  /** As in `InputLog`, or without waiting for open transactions. */
  readonly lastEmittedSource: InputLog['lastEmittedSource'];
  /** Every lease that counts for the topic's name. Read the leases before any other fact. */
  readonly leases: readonly SeenLease[];
  /** Null: one of the topics is missing. */
  readonly identity: LogIdentity | null;
  readonly missingOutputs: (partition: number) => readonly MissingOutput[];
};

export type Inspected = {
  /** The alarm that the owner has raised, or that the next owner would raise now. */
  readonly alarm: Alarm | null;
  /** Where a processor would start, and the first offset in the log; null if an alarm prevents the start. */
  readonly start: { readonly cursor: number; readonly low: number } | null;
};

/**
 * Finds what holds up a partition, by the rules of `reconcile`, but read-only: it takes no lease and fences no producer. The owner may
 * continue meanwhile, so each fact is read before the facts that it must not exceed. A partition without a lease has no alarm of its own,
 * because no processor has inspected it yet.
 */
export const inspectPartition = async (deps: InspectDeps, partition: number): Promise<Inspected> => {
  const { topic, log, lastEmittedSource, leases, identity } = deps;
  const stopped = (alarm: Alarm): Inspected => ({ alarm: alarmIn(topic, partition, alarm), start: null });
  const missing = deps.missingOutputs(partition);
  if (missing.length > 0) return stopped(missingOutputsAlarm(missing));
  const other = identity && otherLogAmong(leases, identity);
  if (identity !== null && other !== null) return stopped(otherLogAlarm(other, identity));
  const lease = leases.find((each) => each.partition === partition);
  if (lease === undefined) return { alarm: null, start: null };

  const { low } = await log.bounds(partition);
  const committed = await log.committedOffset(partition);
  const lastEmitted = await lastEmittedSource(partition);
  const { high } = await log.bounds(partition);
  const { cursor, alarm } = findStart({ ...lease, committed, lastEmitted, low, high });
  const start = { cursor, low };
  if (alarm !== null) return { alarm: alarmIn(topic, partition, alarm), start };
  const recorded = lease.alarm !== null && cursor <= lease.alarm.offset ? lease.alarm : null;
  return { alarm: recorded && { code: recorded.code, message: recorded.message }, start };
};

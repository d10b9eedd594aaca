import { findStart } from './find-start.ts';
import { otherLogAlarm, otherLogAmong } from './log-identity.ts';
import { alarmIn, missingOutputsAlarm } from './partition-alarms.ts';
import type { Alarm, RecordedAlarm } from './alarm.ts';
import type { InputLog, LeaseGrant, LogIdentity, MissingOutput } from './ports.ts';

/** A lease as somebody sees it who does not take it. */
export type SeenLease = LogIdentity &
  Pick<
    Extract<LeaseGrant, { kind: 'granted' }>,
    'nextOffset' | 'emittedThrough' | 'givenUpBefore' | 'isCutShort' | 'isNewLog'
  > & { readonly partition: number; readonly alarm: RecordedAlarm | null };

export type InspectDeps = {
  readonly topic: string;
  readonly log: Pick<InputLog, 'committedOffset' | 'bounds'>;
  /** As `InputLog` has it, or without waiting for open transactions. */
  readonly lastEmittedSource: InputLog['lastEmittedSource'];
  /** Every lease of the topic's name that counts. Read before anything else is asked. */
  readonly leases: readonly SeenLease[];
  /** Null: one of the topics is missing. */
  readonly identity: LogIdentity | null;
  readonly missingOutputs: (partition: number) => readonly MissingOutput[];
};

export type Inspected = {
  /** What a processor that takes the partition over would raise now, or its owner has raised. */
  readonly alarm: Alarm | null;
  /** Where a processor would start, and the first offset that the log still has; null if the alarm comes before that question. */
  readonly start: { readonly cursor: number; readonly low: number } | null;
};

/**
 * What keeps a partition from going on, by the rules of `reconcile`, for somebody who only looks: it takes no lease and fences nobody.
 * So the owner may go on meanwhile, and each fact is asked before those that it must not exceed. A partition without a lease has no alarm
 * of its own, since no processor has looked at it yet.
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

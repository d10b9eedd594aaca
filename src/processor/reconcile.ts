import { findStart } from './find-start.ts';
import { otherLogAlarm } from './log-identity.ts';
import { alarmIn, missingOutputsAlarm } from './partition-alarms.ts';
import type { Alarm } from './alarm.ts';
import type { Breakers } from './ports/breakers.ts';
import type { DecisionStore, SkippedRecord } from './ports/decision-store.ts';
import type { InputLog, LogIdentity } from './ports/input-log.ts';
import type { Lease } from './ports/lease.ts';
import type { PartitionProducer, TransactionalOutput } from './ports/output.ts';

export type ReconcileDeps = {
  readonly store: DecisionStore;
  readonly output: TransactionalOutput;
  readonly log: InputLog;
  readonly breakers: Breakers;
  readonly topic: string;
  /** A fresh UUID for each lease. */
  readonly newHolder: () => string;
};

/**
 * What the owner of a partition holds. `cursor` is the only offset that the next batch may start at (reconcile first, R1 of
 * docs/adr/0002-six-rules-for-effectively-once.md).
 */
export type Ownership = {
  readonly generation: number;
  readonly lease: Lease;
  /** The logs that the lease is for. */
  readonly log: LogIdentity;
  readonly producer: PartitionProducer;
  cursor: number;
  /** One past the last offset that Postgres has confirmed to hold; null: none. */
  storedBefore: number | null;
  /** As in `LeaseGrant`. */
  readonly inputKnownFrom: number | null;
  /** Everything below was emitted. Postgres may lack the records from the cursor to here: fold them again without emitting (R2). */
  readonly emittedBefore: number;
  /** The outputs themselves show that everything below was emitted. */
  readonly shownBefore: number;
  /**
   * Read when the lease is taken. An alarm drops the ownership, so the next reconciliation reads what an operator skipped because of the
   * alarm.
   */
  readonly skipped: readonly SkippedRecord[];
};

export type Reconciled =
  | { readonly kind: 'owned'; readonly ownership: Ownership }
  | { readonly kind: 'stopped'; readonly offset: number; readonly alarm: Alarm }
  /** A newer generation of the group holds the lease. */
  | { readonly kind: 'superseded' };

/**
 * Takes a partition over (reconcile first, R1), in this order. First the lease: it refuses an older generation before that generation can
 * fence anybody. Then the transactional id: it ends the former owner's transaction. Then the log is read, because only now no former owner
 * can change it.
 */
export const reconcile = async (
  deps: ReconcileDeps,
  partition: number,
  generation: number,
): Promise<Reconciled> => {
  const { store, output, log, breakers } = deps;

  const missing = await breakers.run('kafka', () => log.missingOutputs(partition));
  if (missing.length > 0) return stopped(deps, partition, 0, missingOutputsAlarm(missing));

  const identity = await breakers.run('kafka', () => log.identity(partition));
  const grant = await breakers.run('postgres', () =>
    store.takeLease({ partition, holder: deps.newHolder(), generation, log: identity }),
  );
  if (grant.kind === 'refused') return { kind: 'superseded' };
  if (grant.kind === 'other-log') return stopped(deps, partition, 0, otherLogAlarm(grant, identity));

  const producer = await breakers.run('kafka', () => output.fence(partition));
  try {
    const [committed, { low, high }, lastEmitted] = await breakers.run('kafka', () =>
      Promise.all([log.committedOffset(partition), log.bounds(partition), log.lastEmittedSource(partition)]),
    );
    const standing = { ...grant, committed, lastEmitted, low, high };
    const { alarm, ...start } = findStart(standing);
    // Record the cut: new records make the log longer again and would pass for decided ones. If only the outputs know offsets beyond the
    // log's end, this is unnecessary: the new records are decided and compared with the emitted events.
    if (!grant.isCutShort && grant.nextOffset !== null && grant.nextOffset > high)
      await breakers.run('postgres', () => store.recordCut(grant.lease));
    if (alarm !== null) {
      await producer.dispose();
      return stopped(deps, partition, start.cursor, alarm);
    }
    // If the outputs are ahead of the group's offset, commit that offset here: otherwise an idle partition shows lag for ever. Also replace
    // an offset of a former log, so that nobody takes it for an offset of this log later.
    const isLeftOver = grant.isNewLog && committed !== null && committed !== start.emittedBefore;
    if (isLeftOver || start.emittedBefore > (committed ?? low))
      await breakers.run('kafka', () => producer.publish([], start.emittedBefore));
    const skipped = await breakers.run('postgres', () => store.skippedRecords(grant.lease));
    return {
      kind: 'owned',
      ownership: {
        ...start,
        generation,
        lease: grant.lease,
        log: identity,
        producer,
        storedBefore: grant.nextOffset,
        inputKnownFrom: grant.inputKnownFrom,
        skipped,
      },
    };
  } catch (error) {
    await producer.dispose();
    throw error;
  }
};

const stopped = ({ topic }: ReconcileDeps, partition: number, offset: number, alarm: Alarm): Reconciled => ({
  kind: 'stopped',
  offset,
  alarm: alarmIn(topic, partition, alarm),
});

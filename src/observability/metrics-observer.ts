import { failureOf } from '../processor/failure.ts';
import type { Observer } from '../processor/ports/observer.ts';
import type { Metrics } from './metrics.ts';

/** The facts that the consumer reports. The processor reports its own facts to `Observer`. */
export interface AssignmentObserver {
  /** This member now owns exactly these partitions. The values of all others are removed: their owners show them. */
  assigned(partitions: readonly number[]): void;
  lagging(partition: number, records: number): void;
  /** Null: no open transaction holds records back. `since` and `now` are in milliseconds since 1970. */
  heldBack(
    partition: number,
    hindrance: { readonly records: number; readonly since: number | null } | null,
    now: number,
  ): void;
}

export const createMetricsObserver = (metrics: Metrics): Observer & AssignmentObserver => {
  const known = new Map<number, { alarm: string | null }>();

  const entryOf = (partition: number): { alarm: string | null } => {
    const entry = known.get(partition) ?? { alarm: null };
    known.set(partition, entry);
    return entry;
  };

  const clearAlarm = (partition: number): void => {
    const entry = entryOf(partition);
    if (entry.alarm !== null) metrics.alarm.remove({ partition, code: entry.alarm });
    entry.alarm = null;
  };

  return {
    batchDone({ outcomes, decideSeconds, emitSeconds }) {
      const { closed, rejected, duplicate, deadLetter, redelivered, misplaced } = outcomes;
      metrics.commands.inc({ outcome: 'closed' }, closed);
      metrics.commands.inc({ outcome: 'rejected' }, rejected);
      metrics.commands.inc({ outcome: 'duplicate' }, duplicate);
      metrics.commands.inc({ outcome: 'dead_letter' }, deadLetter);
      metrics.commands.inc({ outcome: 'redelivered' }, redelivered);
      metrics.misplaced.inc(misplaced);
      metrics.batchRecords.observe(closed + rejected + duplicate + deadLetter + redelivered);
      metrics.batchSeconds.observe({ phase: 'decide' }, decideSeconds);
      metrics.batchSeconds.observe({ phase: 'emit' }, emitSeconds);
    },
    foldedAgain: ({ first, end }) => metrics.foldedAgain.inc(end - first),
    retrying: ({ failure }) => metrics.retries.inc({ code: failureOf(failure).code }),
    reconciled({ partition, epoch, cause }) {
      entryOf(partition);
      metrics.reconciliations.inc({ cause });
      metrics.leaseEpoch.set({ partition }, epoch);
    },
    alarmed(partition, { code }) {
      clearAlarm(partition);
      entryOf(partition).alarm = code;
      metrics.alarm.set({ partition, code }, 1);
    },
    resumed: clearAlarm,
    assigned(partitions) {
      for (const partition of [...known.keys()].filter((it) => !partitions.includes(it))) {
        clearAlarm(partition);
        metrics.lag.remove({ partition });
        metrics.heldBack.remove({ partition });
        metrics.heldBackSeconds.remove({ partition });
        metrics.leaseEpoch.remove({ partition });
        known.delete(partition);
      }
    },
    lagging(partition, records) {
      entryOf(partition);
      metrics.lag.set({ partition }, records);
    },
    heldBack(partition, hindrance, now) {
      const { records, since } = hindrance ?? { records: 0, since: null };
      metrics.heldBack.set({ partition }, records);
      metrics.heldBackSeconds.set({ partition }, since === null ? 0 : Math.max(0, (now - since) / 1000));
    },
  };
};

import { failureOf } from '../processor/failure.ts';
import type { Observer } from '../processor/ports/observer.ts';
import {
  FENCING_CODES,
  NO_REASON,
  oneOf,
  REASONS_OF,
  RETRY_CODES,
  STAGES,
  TAKEOVER_CAUSES,
} from './metric-labels.ts';
import type { Metrics } from './metrics.ts';

/** The state of a partition that this member owns. */
export type PartitionFacts = {
  readonly partition: number;
  /** Null: unknown. */
  readonly lagRecords: number | null;
  readonly lagSeconds: number;
  readonly heldBackRecords: number;
  readonly heldBackSeconds: number;
};

/** The facts that the consumer reports. The processor reports its own facts to `Observer`. */
export interface AssignmentObserver {
  /** This member now owns exactly these partitions. The values of all others are removed: their owners show them. */
  assigned(partitions: readonly PartitionFacts[]): void;
}

/** @param ageOf the age in milliseconds of a partition's oldest command in flight, which the broker got at this time */
export const createMetricsObserver = (
  metrics: Metrics,
  ageOf: (partition: number, receivedAt: number) => number = (_, receivedAt) =>
    Math.max(0, Date.now() - receivedAt),
): Observer & AssignmentObserver => {
  /** By partition, the code of the alarm that stands; null: none. */
  const alarmCodes = new Map<number, string | null>();

  const clearAlarm = (partition: number): void => {
    const code = alarmCodes.get(partition) ?? null;
    if (code !== null) metrics.remove('runclose_partition_alarm', { partition, code });
    alarmCodes.set(partition, null);
  };

  const countCommands = (outcome: keyof typeof REASONS_OF, reason: string, amount: number): void => {
    if (amount > 0) metrics.count('runclose_commands_total', { outcome, reason }, amount);
  };

  const forget = (partition: number): void => {
    clearAlarm(partition);
    metrics.remove('runclose_consumer_lag_records', { partition });
    metrics.remove('runclose_consumer_lag_seconds', { partition });
    metrics.remove('runclose_consumer_held_back_records', { partition });
    metrics.remove('runclose_consumer_held_back_seconds', { partition });
    metrics.remove('runclose_lease_epoch', { partition });
    alarmCodes.delete(partition);
  };

  return {
    batchDone({ partition, outcomes, reasons, seconds, oldest, deviations, traceId }) {
      const { closed, rejected, duplicate, deadLetter, redelivered, misplaced } = outcomes;
      for (const [reason, count] of Object.entries(reasons.closed)) countCommands('closed', reason, count);
      for (const [reason, count] of Object.entries(reasons.rejected))
        countCommands('rejected', reason, count);
      for (const [reason, count] of Object.entries(reasons.deadLetter))
        countCommands('dead_letter', oneOf(REASONS_OF.dead_letter, reason), count);
      countCommands('duplicate', NO_REASON, duplicate);
      countCommands('redelivered', NO_REASON, redelivered);
      if (misplaced > 0) metrics.count('runclose_commands_misplaced_total', {}, misplaced);
      for (const deviation of deviations) metrics.observe('runclose_channel_deviation_runs', {}, deviation);
      const records = closed + rejected + duplicate + deadLetter + redelivered;
      metrics.observe('runclose_batch_records', {}, records, traceId);
      for (const stage of STAGES)
        metrics.observe('runclose_batch_seconds', { stage }, seconds[stage], traceId);
      if (oldest !== null)
        metrics.observe('runclose_command_age_seconds', {}, ageOf(partition, oldest) / 1000, traceId);
    },
    foldedAgain: ({ first, end }) => metrics.count('runclose_offsets_decided_again_total', {}, end - first),
    retrying({ failure }) {
      const { code, kind } = failureOf(failure);
      metrics.count('runclose_retries_total', { code: oneOf(RETRY_CODES, code) });
      if (kind === 'fenced') metrics.count('runclose_fenced_total', { code: oneOf(FENCING_CODES, code) });
    },
    reconciled({ partition, epoch, cause }) {
      const name = cause.replaceAll(' ', '_');
      const isListed = (TAKEOVER_CAUSES as readonly string[]).includes(name);
      metrics.count('runclose_reconciliations_total', { cause: isListed ? name : 'failure' });
      alarmCodes.set(partition, alarmCodes.get(partition) ?? null);
      metrics.set('runclose_lease_epoch', { partition }, epoch);
    },
    alarmed(partition, { code }) {
      clearAlarm(partition);
      alarmCodes.set(partition, code);
      metrics.set('runclose_partition_alarm', { partition, code }, 1);
    },
    resumed: clearAlarm,
    assigned(partitions) {
      const present = new Set(partitions.map(({ partition }) => partition));
      for (const partition of alarmCodes.keys()) if (!present.has(partition)) forget(partition);
      for (const { partition, lagRecords, lagSeconds, heldBackRecords, heldBackSeconds } of partitions) {
        if (!alarmCodes.has(partition)) alarmCodes.set(partition, null);
        if (lagRecords !== null) metrics.set('runclose_consumer_lag_records', { partition }, lagRecords);
        metrics.set('runclose_consumer_lag_seconds', { partition }, lagSeconds);
        metrics.set('runclose_consumer_held_back_records', { partition }, heldBackRecords);
        metrics.set('runclose_consumer_held_back_seconds', { partition }, heldBackSeconds);
      }
    },
  };
};

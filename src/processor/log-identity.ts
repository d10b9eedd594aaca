import type { Alarm } from './alarm.ts';
import type { LeaseGrant } from './ports/lease.ts';
import type { LogIdentity } from './ports/input-log.ts';

export type OtherLog = Extract<LeaseGrant, { kind: 'other-log' }>;

/** Which of the logs differs; null: none. An id that is null on one side counts as equal. */
const differenceOf = (known: LogIdentity, now: LogIdentity): OtherLog | null => {
  if (known.clusterId !== now.clusterId)
    return { kind: 'other-log', differs: 'cluster', known: known.clusterId };
  if (!isSameId(known.inputId, now.inputId))
    return { kind: 'other-log', differs: 'input', known: known.inputId ?? '' };
  if (!isSameId(known.outputsId, now.outputsId))
    return { kind: 'other-log', differs: 'outputs', known: known.outputsId ?? '' };
  return null;
};

/**
 * The first difference, in the order of `differenceOf`. Checks all leases of the topic's name: no lease is taken while one of them belongs
 * to another log.
 */
export const otherLogAmong = (leases: readonly LogIdentity[], now: LogIdentity): OtherLog | null => {
  const differences = leases
    .map((lease) => differenceOf(lease, now))
    .filter((difference) => difference !== null);
  for (const differs of ['cluster', 'input', 'outputs'] as const) {
    const first = differences.find((difference) => difference.differs === differs);
    if (first !== undefined) return first;
  }
  return null;
};

export const isSameLog = (one: LogIdentity, other: LogIdentity): boolean => differenceOf(one, other) === null;

const isSameId = (one: string | null, other: string | null): boolean =>
  one === null || other === null || one === other;

/** The alarm of a partition whose lease belongs to another log. */
export const otherLogAlarm = ({ differs, known }: OtherLog, { clusterId, inputId }: LogIdentity): Alarm => {
  switch (differs) {
    case 'cluster':
      return {
        code: 'CLUSTER_CHANGED',
        message:
          `the partition was processed on Kafka cluster ${known}, but this is ${clusterId}. If you mean to change the cluster (after a fail-over, or because ` +
          'the cluster was set up again), stop every processor of the other cluster and run `runclose adopt-cluster`',
      };
    case 'input':
      return {
        code: 'INPUT_RECREATED',
        message:
          `the topic was deleted and created again: its id is ${String(inputId)}, but the stored offsets belong to the topic with id ${known}. ` +
          'Nothing is decided until you run `runclose adopt-topics`, which shows the choices',
      };
    case 'outputs':
      return {
        code: 'OUTPUTS_RECREATED',
        message:
          'an output topic was deleted and created again, so its events are gone. Nothing is emitted until you run ' +
          '`runclose adopt-topics`, which shows the choices',
      };
  }
};

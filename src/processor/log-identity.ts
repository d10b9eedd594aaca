import type { Alarm, LeaseGrant, LogIdentity } from './ports.ts';

/** An id that is null on one side counts as equal. */
export const isSameLog = (one: LogIdentity, other: LogIdentity): boolean =>
  one.clusterId === other.clusterId &&
  isSameId(one.inputId, other.inputId) &&
  isSameId(one.outputsId, other.outputsId);

const isSameId = (one: string | null, other: string | null): boolean =>
  one === null || other === null || one === other;

/** The alarm of a partition whose lease belongs to another log. */
export const otherLogAlarm = (
  { differs, known }: Extract<LeaseGrant, { kind: 'other-log' }>,
  { clusterId, inputId }: LogIdentity,
): Alarm => {
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
          `the topic was deleted and created again: its id is ${String(inputId)}, but the store knows positions of the topic with id ${known}. ` +
          'Nothing is decided before you run `runclose adopt-topics`, which shows what can be done',
      };
    case 'outputs':
      return {
        code: 'OUTPUTS_RECREATED',
        message:
          'an output topic was deleted and created again, so the events that stood in it are gone. Nothing is emitted before you ' +
          'run `runclose adopt-topics`, which shows what can be done',
      };
  }
};

import { setTimeout as sleep } from 'node:timers/promises';
import { count } from '../../../domain/words/count.ts';
import type { PartitionStatus } from '../../status/partition-status.ts';
import type { GroupStatus } from '../../status/status.ts';
import { type Finding, found, ok } from '../findings.ts';

/** `serve` decides an ordinary command within a second. */
const ORDINARY_SECONDS = 5;

const PAUSE_MS = 5_000;

/**
 * Checks that the owners decide their commands. Kafka counts a killed process as a member until its session ends; until then, only the commands
 * that wait show that it is dead. Looks twice, because an owner that works off a long queue is well.
 */
export const checkLag = async (
  { statuses }: Pick<GroupStatus, 'statuses'>,
  lookAgain: () => Promise<Pick<GroupStatus, 'statuses' | 'instances'>>,
  pauseMs = PAUSE_MS,
): Promise<readonly Finding[]> => {
  const late = new Map(statuses.filter(isLate).map(({ partition, committed }) => [partition, committed]));
  if (late.size === 0) return [ok('lag', `no command has waited for ${String(ORDINARY_SECONDS)} s`)];
  await sleep(pauseMs);
  const { statuses: later, instances } = await lookAgain();
  const stuck = later.filter((it) => isLate(it) && late.get(it.partition) === it.committed);
  if (stuck.length === 0) return [ok('lag', 'commands wait, and their turn comes')];
  const owners = instances.filter(({ partitions }) =>
    stuck.some(({ partition }) => partitions.includes(partition)),
  );
  return [
    found(
      'lag',
      'lag-too-old',
      `${waitingInWords(stuck)}, and none is decided. Owner: ${owners.map(ownerInWords).join('; ')}`,
      {
        advice:
          'if the owner runs, its log and `/health/live` say what it waits for. If it is dead, Kafka gives its partitions to another `serve` within 30 s: start one if none is left',
      },
    ),
  ];
};

/** Other checks report what has an alarm, what cannot be read, and a partition that no `serve` owns. */
const isLate = ({ owner, alarms, lagSeconds }: PartitionStatus): boolean =>
  (lagSeconds ?? 0) >= ORDINARY_SECONDS && alarms.length === 0 && owner !== null && owner.instance !== null;

const waitingInWords = (stuck: readonly PartitionStatus[]): string => {
  const records = stuck.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0);
  const oldest = Math.max(...stuck.map(({ lagSeconds }) => lagSeconds ?? 0));
  const where = `${stuck[0]?.topic ?? ''}/${stuck.map(({ partition }) => partition).join(', ')}`;
  return `${count(records, 'record')} of ${where} ${records === 1 ? 'waits' : 'wait'}, the oldest for ${String(oldest)} s`;
};

const ownerInWords = ({ clientId, host, breakers }: GroupStatus['instances'][number]): string =>
  `${clientId} at ${host}${breakers === null ? ', whose HTTP port does not answer here' : ''}`;

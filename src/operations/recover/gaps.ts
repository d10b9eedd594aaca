import { acceptGap } from '../../postgres/lease/accept-gap.ts';
import { Failure } from '../../processor/failure.ts';
import { isSameLog } from '../../processor/log-identity.ts';
import { inspect, lookAtEach, openAllTopics } from '../servers/topics.ts';
import type { OffsetRange } from '../../wire/position.ts';
import type { Work } from '../work.ts';

/** Commands that Kafka deleted before they were decided. */
type Gap = OffsetRange;

/** Finds the gaps of every partition. `accept` skips the commands of one gap. */
export const findGaps = async (work: Work) => {
  const topics = await openAllTopics(work);
  const { pool, log, names, identity, leases, partitions } = topics;
  const own = leases.filter(({ clusterId }) => clusterId === identity.clusterId);
  if (own.some((lease) => !isSameLog(lease, identity))) throw otherTopics(names.requested);
  const { found, unread } = await lookAtEach(partitions, (partition) =>
    inspect(topics, log.lastEmittedSource, partition),
  );
  if (found.length === 0 && unread[0] !== undefined) throw unread[0].failure;
  const gaps = found.flatMap(({ partition, value: { alarm, start } }): readonly Gap[] =>
    alarm?.code === 'INPUT_GAP' && start !== null ? [{ partition, from: start.cursor, to: start.low }] : [],
  );
  const alarms = found.flatMap(({ value: { alarm } }) =>
    alarm === null || alarm.code === 'INPUT_GAP' ? [] : [alarm],
  );
  const scope = { clusterId: identity.clusterId, topic: names.requested };
  return {
    topic: names.requested,
    gaps,
    /** Alarms other than gaps. */
    alarms,
    unread,
    accept: ({ partition, to }: Gap) => acceptGap(pool, scope, { partition, before: to }),
  };
};

const otherTopics = (topic: string): Failure =>
  new Failure(
    'fatal',
    'INPUT_RECREATED',
    `${topic} or its outputs were deleted and created again, so there is no gap to accept: run \`runclose adopt-topics\``,
  );

import { TOPIC_ROLES, type TopicNames, type TopicRole } from '../../kafka/names/topic-names.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { RecordKind } from '../servers/record-reading.ts';

/** A topic's name in Kafka, and the kind of its records. */
export type FollowedTopic = { readonly topic: string; readonly records: RecordKind };

const RECORDS: Readonly<Record<TopicRole, RecordKind>> = {
  requested: 'run.close.requested',
  closed: 'run.closed',
  summary: 'run.summary',
  rejected: 'run.close.rejected',
  deadLetters: 'dead-letters',
};

/** The topics that the arguments name, with or without the prefix. Without arguments, all topics. */
export const followedTopics = (
  args: readonly string[],
  names: TopicNames,
  prefix: string,
): readonly FollowedTopic[] => {
  const all = TOPIC_ROLES.map((role) => ({ topic: names[role], records: RECORDS[role] }));
  if (args.length === 0) return all;
  const followed = args.map((arg) => {
    const named = all.find(({ topic }) => topic === arg || topic === `${prefix}${arg}`);
    if (named === undefined)
      throw wrongUse(
        `RunClose has no topic ${arg}: the topics are ${all.map(({ topic }) => topic).join(', ')}`,
      );
    return named;
  });
  return [...new Set(followed)];
};

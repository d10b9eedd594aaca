/**
 * Names that join other names. Groups, prefixes and topics may all contain dots: joined by a dot, `a` with `b.run` and `a.b` with `run`
 * would give one name, and two installations would fence each other. So the lengths of the parts are appended. Each name begins with the
 * group's name, because rights are granted by prefix.
 */
import type { Position } from '../../wire/position.ts';
import { topicNames } from './topic-names.ts';

/** The transactional id of the producer for one partition of the input. It begins with `<group>.<topic>.`. */
export const transactionalIdOf = (
  groupId: string,
  { topic, partition }: Omit<Position, 'offset'>,
): string => {
  const id = `${transactionalIdPrefix({ groupId, topic })}${String(partition)}`;
  // Without a prefix, the names are unambiguous, and the id without a length also fences a previous owner of an older version.
  return topic === topicNames().requested ? id : `${id}:${String(topic.length)}`;
};

/** The common start of a processor's transactional ids. */
export const transactionalIdPrefix = ({
  groupId,
  topic,
}: {
  readonly groupId: string;
  readonly topic: string;
}): string => `${groupId}.${topic}.`;

/** The transactional id of a command that copies records, one lane per source partition. It begins with `<group>.<command>.`. */
export const laneIdOf = (
  groupId: string,
  command: 'emit' | 'redrive',
  { topic, partition }: Omit<Position, 'offset'>,
  target: string,
): string =>
  `${lanePrefix(groupId, command)}${topic}.${String(partition)}.${target}:${String(topic.length)}.${String(target.length)}`;

/** The common start of the transactional ids and groups of such a command. */
export const lanePrefix = (groupId: string, command: 'emit' | 'redrive'): string => `${groupId}.${command}.`;

/** The group in which a replay commits its progress. It begins with `<group>.emit.`. */
export const replayGroupOf = (
  groupId: string,
  { target, replayId }: { readonly target: string; readonly replayId: string },
): string => `${lanePrefix(groupId, 'emit')}${target}.${replayId}:${String(target.length)}`;

import { count } from '../../domain/words/count.ts';
import type { KafkaClient } from '../../kafka/client/client.ts';
import { topicNames, topicOfEvent } from '../../kafka/names/topic-names.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import { cleanupPolicy } from '../../kafka/topics/topics.ts';
import { Failure, wrongUse } from '../../processor/failure.ts';
import { EVENT_TYPES, type EventType } from '../../wire/event-types.ts';

export type TargetRequest = {
  readonly prefix: string;
  readonly target: string;
  /** The live topic that was named a second time, if any. */
  readonly live: string | undefined;
  readonly types: readonly EventType[];
};

/**
 * Refuses topics that must not hold events, and live topics unless they are named twice. Another installation may use any prefix, so a
 * topic counts as live if its name ends like a live topic's.
 */
export const refuseTarget = ({ prefix, target, live, types }: TargetRequest): void => {
  if ([ENDINGS.requested, ENDINGS.deadLetters].some((ending) => target.endsWith(ending)))
    throw wrongUse(
      `${target} must not get events, because its name ends like a topic of commands or dead letters: name another topic`,
    );
  const type = typeOf(target);
  if (type === undefined && live !== undefined)
    throw wrongUse(
      `${target} is not a live topic: ${typeOf(prefix + target) === undefined ? 'leave out --live' : fullNameText(prefix + target)}`,
    );
  if (type !== undefined && live !== target)
    throw wrongUse(
      `${liveTopicText(target, prefix + type)}: every subscriber would get these events once more. If you want that, name the topic twice: --to-topic ${target} --live ${target}`,
    );
  if (type !== undefined && types.some((each) => each !== type))
    throw wrongUse(`${target} is only for ${type}: --type ${type}`);
};

const ENDINGS = topicNames();

const typeOf = (topic: string): EventType | undefined =>
  EVENT_TYPES.find((type) => topic.endsWith(topicOfEvent(ENDINGS, type)));

const liveTopicText = (target: string, own: string): string =>
  target === own
    ? `${target} is a live topic`
    : `${target} is named like a live topic of another installation (the one of this installation is ${own})`;

const fullNameText = (topic: string): string =>
  `give the full name, because TOPIC_PREFIX is not added; did you mean ${topic}?`;

/**
 * Resolves with the number of partitions of the target. Rejects if the target does not exist.
 *
 * @param sourcePartitions how many partitions the event topic has
 */
export const requireTarget = async (
  reader: Pick<PartitionReader, 'partitionCounts'>,
  { target, prefix }: Pick<TargetRequest, 'target' | 'prefix'>,
  sourcePartitions: number,
): Promise<number> => {
  const countOf = async (topic: string) => (await reader.partitionCounts([topic])).get(topic) ?? 0;
  const partitions = await countOf(target);
  if (partitions > 0) return partitions;
  const prefixed = prefix + target;
  // This is only for a hint, so ignore failures: the right may be missing, or the name may be invalid.
  const isPrefixedThere = (await countOf(prefixed).catch(() => 0)) > 0;
  const hint = isPrefixedThere
    ? fullNameText(prefixed)
    : `create it first; with ${count(sourcePartitions, 'partition')}, each event keeps its partition`;
  throw new Failure('fatal', 'KAFKA_TOPIC_MISSING', `there is no topic ${target}: ${hint}`);
};

/** Refuses a compacted target, which would lose events. If the broker does not tell the policy, resolves with a sentence that says so. */
export const checkCompaction = async (
  client: Pick<KafkaClient, 'admin'>,
  target: string,
): Promise<readonly string[]> => {
  try {
    const policy = await cleanupPolicy(client, target);
    if (policy?.includes('compact') === true)
      throw wrongUse(
        `${target} is compacted (cleanup.policy is ${policy}): events that compaction removes would be sent again, after later events. Name a topic with cleanup.policy=delete, or set that for this topic`,
      );
    return policy === undefined ? [unknownPolicy(target, 'the broker does not say')] : [];
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== 'KAFKA_TOPIC_AUTHORIZATION_FAILED') throw thrown;
    return [unknownPolicy(target, 'that needs the right to describe its configs')];
  }
};

const unknownPolicy = (target: string, why: string): string =>
  `whether ${target} is compacted, which it must not be: ${why}`;

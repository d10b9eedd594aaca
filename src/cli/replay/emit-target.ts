import { InvalidArgumentError } from 'commander';
import type { KafkaClient } from '../../kafka/client.ts';
import type { PartitionReader } from '../../kafka/partition-reader.ts';
import { EVENT_TYPES, topicOfEvent, type TopicNames } from '../../kafka/topic-names.ts';
import { cleanupPolicy } from '../../kafka/topics.ts';
import { Failure } from '../../processor/failure.ts';
import type { EventType } from '../../processor/ports.ts';
import { wrongUse } from '../frame/exit-codes.ts';

export type TargetRequest = {
  readonly names: TopicNames;
  readonly target: string;
  /** The live topic that was named a second time, if any. */
  readonly live: string | undefined;
  readonly types: readonly EventType[];
};

/** How many partitions the target has. Refuses topics that events do not belong into, and live ones unless they are named twice. */
export const requireTarget = async (
  reader: PartitionReader,
  { names, target, live, types }: TargetRequest,
): Promise<number> => {
  if (target === names.requested || target === names.deadLetters)
    throw wrongUse(`${target} is no topic for events`);
  const own = EVENT_TYPES.find((type) => topicOfEvent(names, type) === target);
  if (own === undefined && live !== undefined)
    throw wrongUse(`${target} is no live topic of this installation: leave out --live`);
  if (own !== undefined && live !== target)
    throw wrongUse(
      `${target} is a live topic: every subscriber would get these events once more. If that is meant, name it twice: --to-topic ${target} --live ${target}`,
    );
  if (own !== undefined && types.some((type) => type !== own))
    throw wrongUse(`${target} is for ${own} alone: --type ${own}`);
  const partitions = (await reader.partitionCounts([target])).get(target) ?? 0;
  if (partitions > 0) return partitions;
  const [first = 'run.closed'] = types;
  const alike = (await reader.partitionCounts([topicOfEvent(names, first)])).get(topicOfEvent(names, first));
  throw new Failure(
    'fatal',
    'KAFKA_TOPIC_MISSING',
    `there is no topic ${target}: create it first; with ${String(alike ?? 0)} partitions, each event keeps its own`,
  );
};

/** Parses the name of a topic, by Kafka's rule. */
export const topicName = (value: string): string => {
  if (!/^[A-Za-z0-9._-]{1,249}$/.test(value) || value === '.' || value === '..')
    throw new InvalidArgumentError(
      'Names of topics have 1 to 249 characters, which are letters, digits, ".", "_" and "-"; "." and ".." are none.',
    );
  return value;
};

/** Refuses a target that loses what was sent to it. A sentence where nobody may know. */
export const refuseCompacted = async (
  client: Pick<KafkaClient, 'admin'>,
  target: string,
): Promise<readonly string[]> => {
  try {
    const policy = await cleanupPolicy(client, target);
    if (policy?.includes('compact') === true)
      throw wrongUse(
        `${target} is compacted (cleanup.policy is ${policy}): what compaction takes away would be sent again, behind what came later. Name a topic with cleanup.policy=delete, or set that for this one`,
      );
    return policy === undefined ? [unknownPolicy(target, 'the broker does not tell')] : [];
  } catch (thrown) {
    if (!(thrown instanceof Failure) || thrown.code !== 'KAFKA_TOPIC_AUTHORIZATION_FAILED') throw thrown;
    return [unknownPolicy(target, 'that needs the right to describe its configs')];
  }
};

const unknownPolicy = (target: string, why: string): string =>
  `whether ${target} is compacted, which it must not be: ${why}`;

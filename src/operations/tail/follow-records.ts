import { topicNames } from '../../kafka/names/topic-names.ts';
import type { PartitionReader, ReadRange } from '../../kafka/read/partition-reader.ts';
import type { LogRecord, TopicPartition } from '../../kafka/records/log-record.ts';
import { topicMissing } from '../../kafka/topics/partition-counts.ts';
import { keyOf, type PartitionBounds } from '../../kafka/topics/partition-offsets.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { createReadValue, type Reading } from '../servers/record-reading.ts';
import { openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { type FollowedTopic, followedTopics } from './followed-topics.ts';

/** The log's first record, its end, or the first record at or after a time in milliseconds. */
export type Start = 'beginning' | 'end' | number;

export type FollowRequest = {
  /** Default: the beginning with `untilEnd`, else the end. */
  readonly from?: Start;
  /** Ends at the present end of the topics. Otherwise, the records end when the work is interrupted. */
  readonly untilEnd?: boolean;
};

export type Followed = {
  readonly topics: readonly string[];
  readonly records: AsyncIterable<FollowedRecord>;
};

export type FollowedRecord = { readonly record: LogRecord; readonly reading: Reading };

/** @param names of topics, with or without the prefix; none: all topics */
export const followRecords = async (
  work: Work,
  names: readonly string[],
  request: FollowRequest,
): Promise<Followed> => {
  const config = work.settings('kafka', 'registry');
  const { prefix } = config.topics;
  const followed = followedTopics(names, topicNames(prefix), prefix);
  const { reader } = await openKafkaTopics(work, config);
  const read = createReadValue(await openRegistry(work, config));
  const counts = names.length === 0 ? await countsOfAll(reader, followed) : await countsOf(reader, followed);
  const ranges = await rangesOf(reader, counts, request);

  async function* follow(): AsyncGenerator<FollowedRecord, void, undefined> {
    const kinds = new Map(followed.map(({ topic, records }) => [topic, records]));
    for await (const record of reader.read(ranges, { signal: work.interrupted }))
      yield { record, reading: await read(kinds.get(record.topic) ?? 'dead-letters', record.value) };
  }
  return { topics: followed.map(({ topic }) => topic), records: follow() };
};

type Counts = ReadonlyMap<string, number>;

const countsOf = (reader: PartitionReader, followed: readonly FollowedTopic[]): Promise<Counts> =>
  reader.partitionCounts(followed.map(({ topic }) => topic));

/**
 * Counts the partitions of all topics. The user has not chosen any: so if the login may read only some of them, the error names those that
 * it may read.
 */
const countsOfAll = async (reader: PartitionReader, followed: readonly FollowedTopic[]): Promise<Counts> => {
  const answers = await Promise.all(followed.map((each) => countsOf(reader, [each]).catch(refusalOrRethrow)));
  const refused = answers.filter((answer) => answer instanceof Failure);
  const counts = new Map(answers.flatMap((answer) => (answer instanceof Failure ? [] : [...answer])));
  const [first] = refused;
  if (first === undefined) return counts;
  if (counts.size === 0) throw first;
  const readable = [...counts.keys()].join(' ');
  throw new Failure(
    'fatal',
    first.code,
    `${first.message}. To follow the allowed topics: runclose tail ${readable}`,
    { cause: first },
  );
};

const refusalOrRethrow = (thrown: unknown): Failure => {
  const failure = failureOf(thrown);
  if (failure.code !== 'KAFKA_TOPIC_AUTHORIZATION_FAILED') throw failure;
  return failure;
};

const rangesOf = async (
  reader: PartitionReader,
  counts: Counts,
  { untilEnd = false, from }: FollowRequest,
): Promise<readonly ReadRange[]> => {
  const partitions = [...counts].flatMap(([topic, count]) => {
    if (count === 0) throw topicMissing(topic);
    return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  });
  const bounds = await reader.bounds(partitions);
  const startOf = await findStarts(reader, partitions, from ?? (untilEnd ? 'beginning' : 'end'));
  return bounds.map((each) => ({
    topic: each.topic,
    partition: each.partition,
    from: startOf(each),
    ...(untilEnd && { to: each.stable }),
  }));
};

const findStarts = async (
  reader: PartitionReader,
  partitions: readonly TopicPartition[],
  from: Start,
): Promise<(bounds: PartitionBounds) => number> => {
  if (from === 'beginning') return ({ low }) => low;
  if (from === 'end') return ({ stable }) => stable;
  const found = await reader.offsetsForTime(partitions, from);
  const offsets = new Map(found.map((each) => [keyOf(each), each.offset]));
  return (bounds) => offsets.get(keyOf(bounds)) ?? bounds.stable;
};

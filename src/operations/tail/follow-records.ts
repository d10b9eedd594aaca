import { topicNames } from '../../kafka/names/topic-names.ts';
import type { PartitionReader, ReadRange } from '../../kafka/read/partition-reader.ts';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import { topicMissing } from '../../kafka/topics/partition-counts.ts';
import { Failure, failureOf } from '../../processor/failure.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { createReadValue, type Reading } from '../servers/record-reading.ts';
import { openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { type FollowedTopic, followedTopics } from './followed-topics.ts';

/** The log's first record, its end, or the first record at or after a time in milliseconds. */
export type Start = 'beginning' | 'end' | number;

export type FollowRequest = { readonly from?: Start; readonly untilEnd?: boolean };

export type Followed = {
  readonly topics: readonly string[];
  /** With `untilEnd`, ends at the present end of the topics. Otherwise, ends when the work is interrupted. */
  readonly records: AsyncIterable<readonly [LogRecord, Reading]>;
};

/** @param args names of topics, with or without the prefix; none: all topics */
export const followRecords = async (
  work: Work,
  args: readonly string[],
  request: FollowRequest,
): Promise<Followed> => {
  const config = work.settings('kafka', 'registry');
  const { prefix } = config.topics;
  const followed = followedTopics(args, topicNames(prefix), prefix);
  const { reader } = await openKafkaTopics(work, config);
  const read = createReadValue(await openRegistry(work, config));
  const counts = await (args.length === 0 ? countsOfAll : countsOf)(reader, followed);
  const ranges = await rangesOf(reader, counts, request);
  const recordsOf = new Map(followed.map(({ topic, records }) => [topic, records]));

  async function* records(): AsyncGenerator<readonly [LogRecord, Reading], void, undefined> {
    for await (const record of reader.read(ranges, { signal: work.interrupted }))
      yield [record, await read(recordsOf.get(record.topic) ?? 'dead-letters', record.value)];
  }
  return { topics: followed.map(({ topic }) => topic), records: records() };
};

type Counts = ReadonlyMap<string, number>;

const countsOf = (reader: PartitionReader, followed: readonly FollowedTopic[]): Promise<Counts> =>
  reader.partitionCounts(followed.map(({ topic }) => topic));

/** Counts the partitions of all topics. If the account may read only some topics, says which: the user has not chosen any. */
const countsOfAll = async (reader: PartitionReader, followed: readonly FollowedTopic[]): Promise<Counts> => {
  const results = await Promise.allSettled(followed.map((each) => countsOf(reader, [each])));
  const readable = followed.filter((_, index) => results[index]?.status === 'fulfilled');
  const failed = results.flatMap((result) =>
    result.status === 'rejected' ? [failureOf(result.reason)] : [],
  );
  const [first] = failed;
  if (first === undefined)
    return new Map(results.flatMap((result) => (result.status === 'fulfilled' ? [...result.value] : [])));
  if (readable.length === 0 || failed.some(({ code }) => code !== 'KAFKA_TOPIC_AUTHORIZATION_FAILED'))
    throw first;
  const names = readable.map(({ topic }) => topic).join(' ');
  throw new Failure(
    'fatal',
    first.code,
    `${first.message}. To follow the allowed topics: runclose tail ${names}`,
    {
      cause: first,
    },
  );
};

const rangesOf = async (
  reader: PartitionReader,
  counts: Counts,
  { untilEnd = false, from = untilEnd ? 'beginning' : 'end' }: FollowRequest,
): Promise<readonly ReadRange[]> => {
  const partitions = [...counts].flatMap(([topic, count]) => {
    if (count === 0) throw topicMissing(topic);
    return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  });
  const bounds = await reader.bounds(partitions);
  const times = typeof from === 'number' ? await reader.offsetsForTime(partitions, from) : [];
  return bounds.map(({ topic, partition, low, stable }, index) => ({
    topic,
    partition,
    from: from === 'beginning' ? low : (times[index]?.offset ?? stable),
    ...(untilEnd && { to: stable }),
  }));
};

/** Facts about the input that more than one check needs. */
import { partitionsOf } from '../../kafka/topics/partition-offsets.ts';
import { type TopicNames, topicNames } from '../../kafka/names/topic-names.ts';
import { Failure } from '../../processor/failure.ts';
import type { OpenKafka } from './reached-servers.ts';

export const namesOf = ({ config }: OpenKafka): TopicNames => topicNames(config.topics.prefix);

/** `--bootstrap-server` of Kafka's tools. */
export const bootstrapOf = ({ config }: OpenKafka): string => config.kafka.brokers.join(',');

export const groupOf = (kafka: OpenKafka) => ({
  groupId: kafka.config.kafka.groupId,
  topic: namesOf(kafka).requested,
  bootstrap: bootstrapOf(kafka),
});

/** The numbers of the input's partitions. Rejects if the topic is missing, which `checkTopics` reports. */
export const inputPartitions = async (kafka: OpenKafka): Promise<readonly number[]> => {
  const topic = namesOf(kafka).requested;
  const count = (await kafka.reader.partitionCounts([topic])).get(topic) ?? 0;
  if (count === 0) throw new Failure('fatal', 'KAFKA_TOPIC_MISSING', `there is no topic ${topic}`);
  return Array.from({ length: count }, (_, partition) => partition);
};

/** The partitions of the input that a broker leads. */
const ledPartitions = async (kafka: OpenKafka) => {
  const all = partitionsOf(namesOf(kafka).requested, (await inputPartitions(kafka)).length);
  const leaderless = new Set((await kafka.reader.leaderless(all)).map(({ partition }) => partition));
  return all.filter(({ partition }) => !leaderless.has(partition));
};

/** Whether the brokers have stamped a command later than this time. */
export const hasCommandsAfter = async (kafka: OpenKafka, time: number): Promise<boolean> => {
  const partitions = await ledPartitions(kafka);
  const bounds = await kafka.reader.bounds(partitions);
  const found = await kafka.reader.offsetsForTime(partitions, time);
  return found.some(({ offset }, index) => offset < (bounds[index]?.high ?? 0));
};

/** How many of the newest records to read, in one partition and in all together: reading 20,000 takes about a second. */
const MAX_RECORDS_PER_PARTITION = 500;
const MAX_RECORDS = 20_000;

export async function* newestCommands(kafka: OpenKafka) {
  const partitions = await ledPartitions(kafka);
  const each = Math.max(10, Math.min(MAX_RECORDS_PER_PARTITION, Math.floor(MAX_RECORDS / partitions.length)));
  const ranges = (await kafka.reader.bounds(partitions)).map(({ topic, partition, low, stable }) => ({
    topic,
    partition,
    from: Math.max(low, stable - each),
    to: stable,
  }));
  yield* kafka.reader.read(ranges);
}

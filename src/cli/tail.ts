import { Option } from 'commander';
import { topicMissing } from '../kafka/partition-counts.ts';
import type { PartitionReader, ReadRange } from '../kafka/partition-reader.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { Failure, failureOf } from '../processor/failure.ts';
import type { Cli } from './frame/cli.ts';
import { timeOr, wholeNumber } from './frame/flags.ts';
import { type FollowedTopic, followedTopics } from './tail/followed-topics.ts';
import { createReadValue } from '../operations/servers/record-reading.ts';
import { openReader, openRegistry } from '../operations/servers/servers.ts';
import { recordJson, recordLine } from './tail/record-text.ts';

type TailOptions = { readonly from?: Start; readonly limit?: number; readonly untilEnd?: boolean };

/** The log's first record, its end, or the first record at or after a time in milliseconds. */
type Start = 'beginning' | 'end' | number;

export const tail = (cli: Cli): void => {
  cli
    .command('tail [topics...]', 'Follow commands, events and dead letters as they come', [
      'runclose tail run.closed run.close.rejected',
      'runclose tail --json --from beginning --until-end',
    ])
    .addHelpText('after', HELP)
    .addOption(
      new Option(
        '--from <where>',
        'beginning, end, or a time such as 2026-03-02T08:15:00Z (default: end, or beginning with --until-end)',
      ).argParser(start),
    )
    .option('--limit <n>', 'stop after so many records', wholeNumber(1, 1e15))
    .option('--until-end', 'stop at what is now the end')
    .action(
      cli.view(async (context, topics: readonly string[], options: TailOptions) => {
        const { output, interrupted } = context;
        const { limit = Infinity, untilEnd = false } = options;
        const config = context.settings('kafka', 'registry');
        const { prefix } = config.topics;
        const followed = followedTopics(topics, topicNames(prefix), prefix);
        const reader = await openReader(context, config);
        const read = createReadValue(await openRegistry(context, config));
        const counts = await (topics.length === 0 ? countsOfAll : countsOf)(reader, followed);
        const ranges = await rangesOf(reader, counts, options);
        if (!untilEnd)
          output.note(`Following ${followed.map(({ topic }) => topic).join(', ')}. Ctrl-C ends it.`);

        const recordsOf = new Map(followed.map(({ topic, records }) => [topic, records]));
        let printed = 0;
        for await (const record of reader.read(ranges, { signal: interrupted })) {
          const reading = await read(recordsOf.get(record.topic) ?? 'dead-letters', record.value);
          if (output.json) await output.record(recordJson(record, reading));
          else await output.line(recordLine(record, reading, output.colors));
          printed += 1;
          if (printed >= limit) break;
        }
      }),
    );
};

const HELP = `
Topics, with or without TOPIC_PREFIX (without any, tail follows all of them):
${Object.values(topicNames(''))
  .map((topic) => `  ${topic}`)
  .join('\n')}

Records of one partition come in their order. Records of different partitions
or topics come in no fixed order, so --limit takes those that come first.`;

type Counts = ReadonlyMap<string, number>;

const countsOf = (reader: PartitionReader, followed: readonly FollowedTopic[]): Promise<Counts> =>
  reader.partitionCounts(followed.map(({ topic }) => topic));

/** The user has named no topics, so an account that may read only some of them must learn which. */
const countsOfAll = async (reader: PartitionReader, followed: readonly FollowedTopic[]): Promise<Counts> => {
  const asked = await Promise.allSettled(followed.map((each) => countsOf(reader, [each])));
  const readable = followed.filter((_, index) => asked[index]?.status === 'fulfilled');
  const failed = asked.flatMap((it) => (it.status === 'rejected' ? [failureOf(it.reason)] : []));
  const [first] = failed;
  if (first === undefined)
    return new Map(asked.flatMap((it) => (it.status === 'fulfilled' ? [...it.value] : [])));
  if (readable.length === 0 || failed.some(({ code }) => code !== 'KAFKA_TOPIC_AUTHORIZATION_FAILED'))
    throw first;
  const names = readable.map(({ topic }) => topic).join(' ');
  throw new Failure(
    'fatal',
    first.code,
    `${first.message}. To follow what is allowed: runclose tail ${names}`,
    {
      cause: first,
    },
  );
};

const rangesOf = async (
  reader: PartitionReader,
  counts: Counts,
  { untilEnd = false, from = untilEnd ? 'beginning' : 'end' }: TailOptions,
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

const start = (value: string): Start =>
  value === 'beginning' || value === 'end'
    ? value
    : timeOr('beginning, end, or a time such as 2026-03-02T08:15:00Z', value);

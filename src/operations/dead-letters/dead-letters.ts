import type { Config } from '../../config/config.ts';
import type { KafkaClient } from '../../kafka/client/client.ts';
import type { TopicNames } from '../../kafka/names/topic-names.ts';
import { readMerged } from '../../kafka/read/merged-partitions.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import { reasonOfDeadLetter, type DeadLetterReason } from '../../kafka/records/dead-letter-reason.ts';
import type { LogRecord } from '../../kafka/records/log-record.ts';
import { type Failure, wrongUse } from '../../processor/failure.ts';
import type { HistoryRange } from '../../replay/history.ts';
import { refuseEmptyRange, resolveRanges, type Where } from '../history/range.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import type { Work } from '../work.ts';

export type DeadLetter = { readonly record: LogRecord; readonly reason: DeadLetterReason };

export type DeadLetters = {
  readonly topic: string;
  readonly names: TopicNames;
  readonly client: KafkaClient;
  readonly reader: PartitionReader;
  /** Fixed at the start, so dead letters that are written later are left out. */
  readonly ranges: readonly HistoryRange[];
  /** The greatest possible number of dead letters: transaction markers count, too. */
  readonly total: number;
  /** Ordered by time. */
  readonly letters: AsyncIterable<DeadLetter>;
};

export type DeadLetterRange = {
  /** Default: the earliest dead letter. */
  readonly from?: Where | undefined;
  /** Exclusive. Default: the latest dead letter. */
  readonly to?: Where | undefined;
  /** The only dead letter to read, instead of a range. */
  readonly at?: DeadLetterPlace | undefined;
};

/** Opens the dead letters of a range. */
export const openDeadLetters = async (
  work: Work,
  config: Config<'kafka'>,
  { at, from, to }: DeadLetterRange,
): Promise<DeadLetters> => {
  if (from?.kind === 'committed' || to?.kind === 'committed')
    throw wrongUse(
      'committed is a position in the topic of commands, not of dead letters: use a time, an offset, earliest or latest',
    );
  refuseEmptyRange(from, to);
  const { client, connection, reader, offsets, names } = await openKafkaTopics(work, config);
  const topic = names.deadLetters;
  const places = at === undefined ? ([from ?? EARLIEST, to ?? LATEST] as const) : rangeOf(at);
  const ranges = await resolveRanges({ reader, offsets, topic }, ...places);

  async function* letters(): AsyncGenerator<DeadLetter, void, undefined> {
    const records = readMerged(
      connection,
      ranges.map(({ partition, from: begin, to: end }) => ({ topic, partition, from: begin, to: end })),
    );
    for await (const record of records) yield { record, reason: reasonOfDeadLetter(record.headers) };
  }
  return {
    topic,
    names,
    client,
    reader,
    ranges,
    total: ranges.reduce((sum, { from: begin, to: end }) => sum + end - begin, 0),
    letters: letters(),
  };
};

export type DeadLetterPlace = { readonly partition: number; readonly offset: number };

/** Writes a place as the commands accept it: `3@88`. */
export const placeText = ({ partition, offset }: DeadLetterPlace): string =>
  `${String(partition)}@${String(offset)}`;

const EARLIEST: Where = { kind: 'earliest' };
const LATEST: Where = { kind: 'latest' };

/** The range that holds only the dead letter at this place. */
const rangeOf = ({ partition, offset }: DeadLetterPlace): readonly [Where, Where] => [
  { kind: 'positions', offsets: new Map([[partition, offset]]) },
  { kind: 'positions', offsets: new Map([[partition, offset + 1]]) },
];

export const isAt = ({ partition, offset }: DeadLetterPlace, place: DeadLetterPlace): boolean =>
  partition === place.partition && offset === place.offset;

/** @param reason only dead letters with this reason were asked for */
export const noSuchDeadLetter = (at: DeadLetterPlace, topic: string, reason?: string): Failure =>
  wrongUse(
    `there is no dead letter${reason === undefined ? '' : ` with reason ${reason}`} at ${placeText(at)} in ${topic}: \`runclose dlq list\` shows where dead letters are`,
  );

/** What schemas/asyncapi.yaml and docs/topics.md say of each topic. Names and settings come from the code, and fields from the schemas. */
import { RECORD_TOPICS, type RecordTopic } from '../../src/avro/schema-files.ts';
import type { RecordJson } from '../../src/avro/schema-json.ts';
import { topicNames, type TopicRole } from '../../src/kafka/names/topic-names.ts';
import { topicSettings } from '../../src/kafka/topics/topic-settings.ts';
import { EVENT_TYPES } from '../../src/wire/event-types.ts';
import { workingSchema } from '../schemas/working-schema.ts';
import { COMMAND_HEADERS, eventHeaders, LETTER_HEADERS, type HeaderTable } from './topic-headers.ts';

type Prose = {
  readonly title: string;
  readonly summary: string;
  readonly writers: string;
  readonly readers: string;
  readonly key: string;
  readonly partition: string;
  readonly timestamp: string;
  /** What a consumer must tolerate. */
  readonly tolerate: readonly string[];
};

/** All texts are Markdown. */
export type TopicFacts = Prose & {
  readonly role: TopicRole;
  /** Without a prefix. */
  readonly name: string;
  /** Kafka's settings, as `setup` makes them with three or more replicas. */
  readonly settings: Readonly<Record<string, string>>;
  readonly headers: HeaderTable;
  /** Null: the value is the bytes of another record. */
  readonly schema: RecordJson | null;
};

const AGAIN =
  'The same event again, with the same `ce_id`: after a crash of the consumer, or because `replay emit` wrote it again (header `runclose-replay`).';
const GROWTH =
  'Fields and headers that later versions add. Each schema is compatible with all earlier ones (`FULL_TRANSITIVE`).';
const GAPS = 'Gaps between offsets: the markers of transactions take offsets, too.';
const SEQUENCE =
  'Events out of order, if a publisher puts a channel into two partitions, or after partitions were added. `sequence` is the order.';
const MURMUR2 =
  'the partition of the command. So all events of a channel are in the partition of its commands';
const CHANNEL = "the channel: `channelId`, as UTF-8. It is the command's key";
const CLOCK = "the processor's clock when it wrote the event";

const PROSE: Readonly<Record<TopicRole, Prose>> = {
  requested: {
    title: 'Commands',
    summary: 'Each record asks to close one run and to pick who fetches the drinks.',
    writers: 'Upstream services, `runclose request` and `runclose dlq redrive`',
    readers: 'The processor, in the group `KAFKA_GROUP_ID`',
    key: 'the channel: `channelId`, as UTF-8. If the key differs from `channelId` or is missing, the command is rejected (`INVALID_COMMAND`)',
    partition:
      "the publisher's choice: murmur2 of the key, as by Java and kafkajs. With librdkafka, set `partitioner=murmur2_random`. A command in another partition is decided there, and counted as misplaced",
    timestamp: "the broker's clock when it stored the record",
    tolerate: [
      'Any bytes, and no value at all. The processor writes a dead letter for a record that it cannot decode.',
      'The same command again, under the same `commandId`. The processor emits nothing more for it.',
      'Commands that break the rules in the fields below. The processor rejects them.',
      'Records of transactions that were rolled back: read with `isolation.level=read_committed`.',
      GAPS,
    ],
  },
  closed: {
    title: 'Closed runs',
    summary:
      "A run was closed, and a runner was picked. A channel's events are enough to compute every pick and every balance again.",
    writers:
      'The processor, in one transaction with `run.summary` and the offset of the command, and `runclose replay emit --live`',
    readers: 'Downstream notifiers. Publishers that wait for an outcome',
    key: CHANNEL,
    partition: MURMUR2,
    timestamp: CLOCK,
    tolerate: [
      AGAIN,
      SEQUENCE,
      'Values of `policy`, `repeat`, `reason` and `exclusion` that later versions add.',
      '`run.closed` and `run.summary` of one run in either order: they are in two topics.',
      GROWTH,
      GAPS,
    ],
  },
  summary: {
    title: 'Summaries',
    summary: 'What a channel and its runner are told about a closed run, ready to be shown.',
    writers:
      'The processor, in one transaction with `run.closed` and the offset of the command, and `runclose replay emit --live`',
    readers: 'Downstream notifiers',
    key: CHANNEL,
    partition: MURMUR2,
    timestamp: CLOCK,
    tolerate: [
      AGAIN,
      SEQUENCE,
      'Texts that contain anything that people typed. They are plain text: escape them for your chat.',
      '`run.closed` and `run.summary` of one run in either order: they are in two topics.',
      GROWTH,
      GAPS,
    ],
  },
  rejected: {
    title: 'Rejections',
    summary: 'A command was refused. The run stays open, and nobody is charged.',
    writers:
      'The processor, in one transaction with the offset of the command, and `runclose replay emit --live`',
    readers: 'Upstream services. Publishers that wait for an outcome',
    key: "the key of the command's record, byte for byte. It may differ from `channelId`, and it may be missing",
    partition: 'the partition of the command',
    timestamp: CLOCK,
    tolerate: [
      AGAIN,
      'Several rejections of one `commandId`. `INVALID_COMMAND` and `COMMAND_ID_REUSED` are emitted for each record, every time.',
      'Ids that break the rules, if the reason is `INVALID_COMMAND`: they may be empty, and they may be cut.',
      'Values of `reason` that later versions add.',
      GROWTH,
      GAPS,
    ],
  },
  deadLetters: {
    title: 'Dead letters',
    summary:
      'Records that no processor can decode, byte for byte, and records that an operator skipped, without content. Each has the reason. Dead letters hold up nothing.',
    writers: 'The processor, in one transaction with the offset of the record',
    readers:
      'Operators, with `runclose dlq list`, `dlq show` and `dlq redrive`. Publishers that wait for an outcome',
    key: 'the key of the record, byte for byte. Missing if the record had none, and if the reason is `UNREADABLE_BATCH` or `SKIPPED`',
    partition: 'the partition of the record',
    timestamp:
      "the record's own timestamp. If the reason is `SKIPPED`, the processor's clock when it wrote the dead letter",
    tolerate: [
      'No value and no key, if the reason is `UNREADABLE_BATCH` or `SKIPPED`, or if the record had none.',
      "The record's own headers before those below. They may have any name, repeat, be null, and hold any bytes. Of several headers with one of the names below, the last counts.",
      'The same record again, if `dlq redrive` sent it and it still cannot be decoded. `__connect.errors.offset` then differs.',
      'One dead letter for many records, if a batch with more than 10,000 records is an `UNREADABLE_BATCH`.',
      'Values of the reason that later versions add.',
      GAPS,
    ],
  },
};

const recordTopic = (name: string): RecordTopic | undefined => RECORD_TOPICS.find((topic) => topic === name);

const headersOf = (name: string, role: TopicRole): HeaderTable => {
  const type = EVENT_TYPES.find((each) => each === name);
  if (type !== undefined) return eventHeaders(type);
  return role === 'requested' ? COMMAND_HEADERS : LETTER_HEADERS;
};

/** Without the setting that brokers before 3.6 need in place of two newer ones: brokers since 4.0 do not know it. */
const settingsOf = (role: TopicRole): TopicFacts['settings'] =>
  Object.fromEntries(
    Object.entries(topicSettings(role, 3)).filter(([name]) => name !== 'message.timestamp.difference.max.ms'),
  );

/** In the order in which a command passes them. */
const ORDER = ['requested', 'closed', 'summary', 'rejected', 'deadLetters'] as const satisfies TopicRole[];

export const TOPICS: readonly TopicFacts[] = ORDER.map((role) => {
  const name = topicNames()[role];
  const topic = recordTopic(name);
  return {
    ...PROSE[role],
    role,
    name,
    settings: settingsOf(role),
    headers: headersOf(name, role),
    schema: topic === undefined ? null : workingSchema(topic),
  };
});

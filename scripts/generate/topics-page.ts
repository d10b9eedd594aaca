/** docs/topics.md: the same as schemas/asyncapi.yaml, for people. */
import type { FieldJson, RecordJson, SchemaJson } from '../../src/avro/schema-json.ts';
import { recordsIn } from '../schemas/records-in.ts';
import { PARKED_HEADERS, type HeaderTable } from './topic-headers.ts';
import { TOPICS, type TopicFacts } from './topic-facts.ts';

export const topicsPage = (): string =>
  [INTRODUCTION, overview(), COMMON, ...TOPICS.map(section), parkedEvents(), nestedRecords()].join('\n\n');

const INTRODUCTION = `<!-- Made from src, scripts/generate and schemas/*.avsc by \`npm run generate\`: do not edit. -->

# Topics, records and headers

This page describes each record that RunClose reads from Kafka or writes to Kafka, for people who publish, subscribe or look into the topics.
[schemas/asyncapi.yaml](../schemas/asyncapi.yaml) says the same to programs, as an
AsyncAPI 3 document. The npm package contains that document and the Avro schemas. Publishers and subscribers in TypeScript need neither:
[publishing.md](publishing.md), [subscribing.md](subscribing.md).`;

const COMMON = `## All topics

- **Names**: if \`TOPIC_PREFIX\` is set, it stands before each of the five names, in subjects, and in \`source-offset\`. It never stands in \`ce_type\`.
- **Values** are in Confluent's wire format: a zero byte, the schema id in four bytes (big endian), and the Avro body. The subject of a topic is
  \`<topic>-value\`. Its compatibility is \`FULL_TRANSITIVE\`: every version of a schema can read the values of every other version. Decode with the writer's
  schema, which the registry has, and with the version that you know as the reader's schema.
- **Headers** are UTF-8 texts. Ignore headers that you do not know.
- **Times** are milliseconds since 1970 in values, and RFC 3339 in headers.
- **Partitions**: all five topics have the same number. A command in partition 3 has its events, or its dead letter, in partition 3.
- **Transactions**: read with \`isolation.level=read_committed\`, which is not Java's default. Without it, you also see events that were rolled back.
- **Settings** below are those that \`runclose setup\` makes. An operator may keep records longer and allow larger ones. With a replication factor
  of 3 or more, \`min.insync.replicas\` is 2.
- **Personal data**: fields with the mark _personal_ have the property \`pii\` in the Avro schema. Only retention removes them from a topic.`;

const overview = (): string =>
  table(
    ['topic', 'content', 'written by', 'kept'],
    TOPICS.map((topic) => [
      `[\`${topic.name}\`](#${anchorOf(topic.name)})`,
      topic.title.toLowerCase(),
      topic.role === 'requested' ? 'upstream services' : 'the processor',
      keptFor(topic),
    ]),
  );

const section = (topic: TopicFacts): string =>
  [
    `## \`${topic.name}\``,
    topic.summary,
    [
      `- **Written by**: ${topic.writers}.`,
      `- **Read by**: ${topic.readers}.`,
      `- **Key**: ${topic.key}.`,
      `- **Partition**: ${topic.partition}.`,
      `- **Timestamp**: ${topic.timestamp}.`,
      `- **Kept**: ${keptFor(topic)} (\`cleanup.policy=${topic.settings['cleanup.policy'] ?? ''}\`). \`max.message.bytes\` is ${largest(topic)}.`,
    ].join('\n'),
    ['A consumer must tolerate:', '', ...topic.tolerate.map((duty) => `- ${duty}`)].join('\n'),
    topic.schema === null ? LETTER_VALUE : valueOf(topic.schema),
    headersOf(topic),
  ].join('\n\n');

const DAY_MS = 24 * 60 * 60 * 1000;
const MIB = 1024 * 1024;

const keptFor = ({ settings }: TopicFacts): string =>
  `${String(Number(settings['retention.ms']) / DAY_MS)} days`;
const largest = ({ settings }: TopicFacts): string =>
  `${String(Number(settings['max.message.bytes']) / MIB)} MiB`;

const LETTER_VALUE = `**Value**: the bytes of the record, unchanged. No schema is registered for this topic.`;

const valueOf = (schema: RecordJson): string =>
  `**Value**: \`${schema.name}\`. ${schema.doc}\n\n${fields(schema)}`;

const fields = (schema: RecordJson): string =>
  table(
    ['field', 'type', 'meaning'],
    schema.fields.map((field) => [`\`${field.name}\``, typeOf(field.type), meaningOf(field)]),
  );

const meaningOf = ({ doc, pii, default: value }: FieldJson): string =>
  [
    doc,
    value === undefined || value === null ? '' : `Default: \`${JSON.stringify(value).replaceAll('"', '')}\`.`,
    pii === true ? '_Personal._' : '',
  ]
    .filter((part) => part !== '')
    .join(' ');

const typeOf = (schema: SchemaJson): string => {
  if (typeof schema === 'string') return schema;
  if (!('type' in schema)) return schema.map(typeOf).join(' or ');
  switch (schema.type) {
    case 'record':
      return recordLink(schema);
    case 'array':
      return `array of ${typeOf(schema.items)}`;
    case 'long':
      return 'time';
  }
};

const recordLink = ({ name }: RecordJson): string => `[\`${name}\`](#${anchorOf(name)})`;

const headersOf = (topic: TopicFacts): string =>
  `**Headers**${HEADERS_NOTE[topic.role]}\n\n${headerTable(topic.headers)}`;

const HEADERS_NOTE: Readonly<Record<TopicFacts['role'], string>> = {
  requested:
    ': any. The events have none of these headers, but continue the trace of `traceparent`. RunClose reads these:',
  closed: ', after the binary mode of CloudEvents in Kafka:',
  summary: ', after the binary mode of CloudEvents in Kafka:',
  rejected: ', after the binary mode of CloudEvents in Kafka:',
  deadLetters: ": those of the record, in their order, then these, under Kafka Connect's names:",
};

const headerTable = (headers: HeaderTable): string =>
  table(
    ['header', 'meaning', 'present', 'example'],
    Object.entries(headers).map(([name, { meaning, only, values, example }]) => [
      `\`${name}\``,
      `${meaning}.${Array.isArray(values) && values.length > 1 ? ` One of ${values.map((value) => `\`${String(value)}\``).join(', ')}.` : ''}`,
      only ?? 'always',
      `\`${example}\``,
    ]),
  );

const parkedEvents = (): string => `## Topics of your own

A subscriber of the npm package that may [park events](subscribing.md#if-a-handler-fails) writes them to a topic that you name and create. Such a
record has the key, the value and the headers of the event, then these headers. If a header repeats, the last one counts.

${headerTable(PARKED_HEADERS)}

\`runclose replay emit --to-topic\` ([replay.md](replay.md)) writes events to another topic that you create: the same keys, values and headers,
and \`runclose-replay\`.`;

/** Records inside the values, each once: several values have the same ones. */
const nestedRecords = (): string => {
  const all = TOPICS.flatMap(({ schema }) =>
    schema === null ? [] : recordsIn(schema).filter((record) => record !== schema),
  );
  const nested = [...new Map(all.map((record) => [record.name, record])).values()];
  return [
    '## Records in values',
    ...nested.map((record) => `### \`${record.name}\`\n\n${record.doc}\n\n${fields(record)}`),
  ].join('\n\n');
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');

/** GitHub's anchor of a heading that is one name in code marks. */
const anchorOf = (name: string): string => name.toLowerCase().replaceAll('.', '');

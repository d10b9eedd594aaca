/** schemas/asyncapi.yaml: all topics, messages, headers and keys, for programs that read AsyncAPI. */
import { readFileSync } from 'node:fs';
import { stringify } from 'yaml';
import { SETTING_GROUPS } from '../../src/config/settings.ts';
import { PARKED_HEADERS, type HeaderFacts, type HeaderTable } from './topic-headers.ts';
import { TOPICS, type TopicFacts } from './topic-facts.ts';

const BINDING = { bindingVersion: '0.5.0' };

/** The text of the document. */
export const asyncapi = (): string =>
  `# Made from src, scripts/generate and schemas/*.avsc by \`npm run generate\`: do not edit.\n${stringify(asyncapiDocument(), { lineWidth: 0, aliasDuplicateObjects: false })}`;

const asyncapiDocument = () => ({
  asyncapi: '3.0.0',
  info: {
    title: 'RunClose',
    version: (
      JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
    ).version,
    description:
      'RunClose closes coffee runs: it reads commands, picks who fetches the drinks, and emits events. docs/topics.md says the same for people.\n\nNames of topics are without `TOPIC_PREFIX`: if it is set, it stands before each of the five names. Values are in the wire format of Confluent: a zero byte, the schema id in four bytes (big endian), and the Avro body. Headers are UTF-8 texts.',
    license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
  },
  defaultContentType: 'application/avro',
  servers: {
    kafka: {
      host: '{brokers}',
      protocol: 'kafka',
      description: 'Kafka 3.6 or later, and a schema registry with the API of Confluent.',
      variables: {
        brokers: { default: 'localhost:9092', description: '`KAFKA_BROKERS` of the installation.' },
      },
      bindings: { kafka: { schemaRegistryVendor: 'confluent', ...BINDING } },
    },
  },
  channels: {
    ...Object.fromEntries(TOPICS.map((topic) => [topic.name, channelOf(topic)])),
    [PARKED]: PARKED_CHANNEL,
  },
  operations: Object.fromEntries(TOPICS.map((topic) => operationOf(topic))),
});

const channelOf = (topic: TopicFacts) => ({
  address: topic.name,
  title: topic.title,
  summary: topic.summary,
  description: [
    `Written by: ${topic.writers}.`,
    `Read by: ${topic.readers}.`,
    `Partition: ${topic.partition}.`,
    `Timestamp: ${topic.timestamp}.`,
    ['A consumer must tolerate:', ...topic.tolerate.map((duty) => `- ${duty}`)].join('\n'),
  ].join('\n\n'),
  servers: [{ $ref: '#/servers/kafka' }],
  messages: { [messageName(topic)]: messageOf(topic) },
  bindings: {
    kafka: {
      partitions: Number(defaultOf('TOPIC_PARTITIONS')),
      topicConfiguration: Object.fromEntries(
        Object.entries(topic.settings).map(([name, value]) => [name, typedSetting(name, value)]),
      ),
      ...BINDING,
    },
  },
});

/** The binding wants a list for the policy and numbers for its own settings; the others are texts, as large as they are. */
const typedSetting = (name: string, value: string): unknown => {
  if (name === 'cleanup.policy') return value.split(',');
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
};

const messageName = ({ schema }: TopicFacts): string => schema?.name ?? 'DeadLetter';

const messageOf = (topic: TopicFacts) => ({
  name: messageName(topic),
  title: topic.title,
  summary: topic.summary,
  headers: headersSchema(topic.headers),
  ...(topic.schema === null
    ? { contentType: 'application/octet-stream', payload: BYTES }
    : {
        contentType: 'application/avro',
        payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema: topic.schema },
      }),
  ...('correlation-id' in topic.headers && {
    correlationId: { location: '$message.header#/correlation-id' },
  }),
  bindings: {
    kafka: {
      key: {
        type: topic.role === 'rejected' || topic.schema === null ? ['string', 'null'] : 'string',
        description: `Kafka's key: ${topic.key}.`,
      },
      ...(topic.schema !== null && {
        schemaIdLocation: 'payload',
        schemaIdPayloadEncoding: 'confluent',
        schemaLookupStrategy: 'TopicNameStrategy',
      }),
      ...BINDING,
    },
  },
});

const BYTES = {
  type: ['string', 'null'],
  format: 'binary',
  description:
    'The value of the record, byte for byte. Null if the record has no value, cannot be read, or was skipped.',
};

/** A JSON Schema for the headers as one object. Further headers are allowed, because later versions may add some. */
const headersSchema = (table: HeaderTable) => ({
  type: 'object',
  required: Object.keys(table).filter((name) => table[name]?.only === undefined),
  properties: Object.fromEntries(Object.entries(table).map(([name, facts]) => [name, headerSchema(facts)])),
});

const headerSchema = ({ meaning, only, values, example }: HeaderFacts) => ({
  type: 'string',
  description: `${meaning}. ${only === undefined ? 'Always there' : `There ${only}`}.`,
  ...(values instanceof RegExp && { pattern: values.source }),
  ...(Array.isArray(values) && (values.length === 1 ? { const: values[0] as string } : { enum: values })),
  examples: [example],
});

const operationOf = (topic: TopicFacts): readonly [string, object] => {
  const action = topic.role === 'requested' ? 'receive' : 'send';
  return [
    `${action}${messageName(topic)}`,
    {
      action,
      channel: { $ref: `#/channels/${topic.name}` },
      summary: topic.summary,
      messages: [{ $ref: `#/channels/${topic.name}/messages/${messageName(topic)}` }],
      ...(action === 'receive' && {
        bindings: {
          kafka: {
            groupId: {
              type: 'string',
              default: defaultOf('KAFKA_GROUP_ID'),
              description: '`KAFKA_GROUP_ID`.',
            },
            clientId: {
              type: 'string',
              default: defaultOf('KAFKA_CLIENT_ID'),
              description: '`KAFKA_CLIENT_ID`.',
            },
            ...BINDING,
          },
        },
      }),
    },
  ];
};

const defaultOf = (variable: string): string | undefined =>
  SETTING_GROUPS.flatMap(({ settings }) => settings).find((setting) => setting.variable === variable)
    ?.byDefault;

/** The key of the channel whose address only its subscriber knows. */
const PARKED = 'parked';

const PARKED_CHANNEL = {
  address: null,
  title: 'Parked events',
  summary: 'Events that a subscriber of the npm package could not handle (`retries.then: park`).',
  description:
    'A topic of the subscriber, which chooses its name and creates it. Key and value are those of the event. The headers of the event come first, and those below follow. Of several headers with one of these names, the last counts.',
  servers: [{ $ref: '#/servers/kafka' }],
  messages: {
    ParkedEvent: {
      name: 'ParkedEvent',
      title: 'Parked events',
      contentType: 'application/octet-stream',
      headers: headersSchema(PARKED_HEADERS),
      payload: { ...BYTES, description: 'The value of the event, byte for byte.' },
      bindings: {
        kafka: { key: { type: ['string', 'null'], description: "Kafka's key: the event's." }, ...BINDING },
      },
    },
  },
};

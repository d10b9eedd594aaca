/** What each header means, for schemas/asyncapi.yaml and docs/topics.md. A header that the code knows and no table has does not compile. */
import type { EventType } from '../../src/wire/event-types.ts';
import type { EventHeader } from '../../src/wire/event-headers.ts';
import {
  DEAD_LETTER_HEADERS,
  PARKED_BY_HEADER,
  PUBLISHER_HEADERS,
  REDRIVE_HEADERS,
  REPLAY_HEADER,
  SKIPPED_HEADERS,
} from '../../src/wire/headers.ts';
import { POISON_CODES } from '../../src/wire/poison-codes.ts';
import { TRACE_HEADER, TRACEPARENT } from '../../src/wire/traceparent.ts';

export type HeaderFacts = {
  /** Markdown. */
  readonly meaning: string;
  readonly example: string;
  /** When the header is there. Absent: always. */
  readonly only?: string;
  /** The values: a regular expression, or all of them. Absent: any text. */
  readonly values?: RegExp | readonly string[];
};

/** In the order of the record. */
export type HeaderTable = Readonly<Record<string, HeaderFacts>>;

const POSITION = /^[^/]+\/\d+\/\d+$/;
const NUMBER = /^\d+$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TRACE_EXAMPLE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

type PublisherHeader = (typeof PUBLISHER_HEADERS)[number];
type RedriveHeader = (typeof REDRIVE_HEADERS)[keyof typeof REDRIVE_HEADERS];
type SkippedHeader = (typeof SKIPPED_HEADERS)[keyof typeof SKIPPED_HEADERS];
type DeadLetterHeader = (typeof DEAD_LETTER_HEADERS)[keyof typeof DEAD_LETTER_HEADERS];

const publisher = (example: string): HeaderFacts => ({
  meaning: `The publisher's name. If the record becomes a dead letter, \`dlq list\` shows the first of ${PUBLISHER_HEADERS.map((name) => `\`${name}\``).join(', ')} as its producer`,
  example,
  only: 'if the publisher sets it',
});

export const COMMAND_HEADERS = {
  [TRACE_HEADER]: {
    meaning: 'The span that published the command, after W3C Trace Context. The events continue its trace',
    example: TRACE_EXAMPLE,
    only: 'if the publisher sets it. Of several, the last counts. An invalid one is ignored',
  },
  ce_source: publisher('/coffee-bot'),
  producer: publisher('coffee-bot'),
  'client-id': publisher('coffee-bot-1'),
  [REDRIVE_HEADERS.from]: {
    meaning: 'The position of the dead letter from which `dlq redrive` sent this record again',
    example: 'run.close.requested.dlq/3/88',
    only: 'if `dlq redrive` sent the record',
    values: POSITION,
  },
  [REDRIVE_HEADERS.attempts]: {
    meaning: 'How often `dlq redrive` has sent this record',
    example: '1',
    only: 'if `dlq redrive` sent the record',
    values: NUMBER,
  },
} as const satisfies Readonly<Record<typeof TRACE_HEADER | PublisherHeader | RedriveHeader, HeaderFacts>>;

const REPLAYED = {
  [REPLAY_HEADER]: {
    meaning: 'The id of the replay that wrote this event again',
    example: 'new-subscriber',
    only: 'if `replay emit` wrote the event again',
  },
} as const satisfies HeaderTable;

export const eventHeaders = (type: EventType): HeaderTable =>
  ({
    ce_specversion: { meaning: 'The version of CloudEvents', example: '1.0', values: ['1.0'] },
    ce_id: {
      meaning: 'The `eventId` of the value. It stays the same if the event comes again',
      example: '6c1524a3-c36c-5f7d-9700-2b3c4c00f493',
      values: /^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    },
    ce_type: { meaning: 'The type of the event, without `TOPIC_PREFIX`', example: type, values: [type] },
    ce_source: {
      meaning: 'The group of the processor: `/runclose/` and its `KAFKA_GROUP_ID`',
      example: '/runclose/runclose',
      values: /^\/runclose\/.+$/,
    },
    ce_time: {
      meaning:
        "The command's `requestedAt`, in RFC 3339, UTC, with milliseconds. If `requestedAt` is below 0 or above 4102444799999, the nearer of these two times",
      example: '2026-10-02T08:15:00.000Z',
      values: TIME,
    },
    ce_subject: { meaning: 'The run: `runId` of the value', example: 'friday' },
    'content-type': {
      meaning: "The value's format",
      example: 'application/avro',
      values: ['application/avro'],
    },
    'correlation-id': {
      meaning: '`correlationId` of the value',
      example: 'order-4711',
      only: 'unless `correlationId` is null',
    },
    'causation-id': { meaning: 'The command: `commandId` of the value', example: 'close-friday' },
    traceparent: {
      meaning:
        "The span in which the processor decided the command, after W3C Trace Context. If that span is not recorded, the command's own `traceparent`",
      example: TRACE_EXAMPLE,
      only: 'if the command had a valid one, or the processor records traces',
      values: TRACEPARENT,
    },
    'source-offset': {
      meaning: "The command's position: topic (with `TOPIC_PREFIX`), partition and offset",
      example: 'run.close.requested/3/1042',
      values: POSITION,
    },
    ...REPLAYED,
  }) satisfies Readonly<Record<EventHeader | typeof REPLAY_HEADER, HeaderFacts>>;

const place = (topic: string) => ({
  [DEAD_LETTER_HEADERS.topic]: { meaning: 'The topic that had the record', example: topic },
  [DEAD_LETTER_HEADERS.partition]: {
    meaning: 'The partition that had the record',
    example: '3',
    values: NUMBER,
  },
  [DEAD_LETTER_HEADERS.offset]: { meaning: 'The offset of the record', example: '1042', values: NUMBER },
});

const stage = (name: string) => ({
  [DEAD_LETTER_HEADERS.stage]: {
    meaning: "The step that failed, in Kafka Connect's words",
    example: name,
    values: [name],
  },
});

export const LETTER_HEADERS = {
  ...place('run.close.requested'),
  ...stage('VALUE_CONVERTER'),
  [DEAD_LETTER_HEADERS.decoder]: {
    meaning: 'The part of the processor that reads commands',
    example: 'runclose.avro.RecordCodec',
    values: ['runclose.avro.RecordCodec'],
  },
  [DEAD_LETTER_HEADERS.code]: {
    meaning: 'Why nobody decided the record',
    example: 'UNKNOWN_SCHEMA_ID',
    values: POISON_CODES,
  },
  [DEAD_LETTER_HEADERS.message]: {
    meaning: 'The reason in a sentence',
    example: 'not Avro with a schema id: the first byte is 99, not 0',
  },
  [SKIPPED_HEADERS.at]: {
    meaning: 'When an operator skipped the record, in RFC 3339',
    example: '2026-10-02T09:30:00.000Z',
    only: 'if the reason is `SKIPPED`',
    values: TIME,
  },
  [SKIPPED_HEADERS.by]: {
    meaning: 'Who skipped the record',
    example: 'ada',
    only: 'if the reason is `SKIPPED` and the operator gave a name',
  },
} as const satisfies Readonly<Record<DeadLetterHeader | SkippedHeader, HeaderFacts>>;

export const PARKED_HEADERS = {
  ...place('run.closed'),
  [PARKED_BY_HEADER]: { meaning: 'The consumer group of the subscriber', example: 'notifier' },
  ...stage('TASK_PUT'),
  [DEAD_LETTER_HEADERS.code]: { meaning: "The name of the handler's error", example: 'TypeError' },
  [DEAD_LETTER_HEADERS.message]: {
    meaning: "The message of the handler's error, cut to 1,000 characters",
    example: 'the chat did not answer',
  },
} as const satisfies Readonly<
  Record<Exclude<DeadLetterHeader, typeof DEAD_LETTER_HEADERS.decoder> | typeof PARKED_BY_HEADER, HeaderFacts>
>;

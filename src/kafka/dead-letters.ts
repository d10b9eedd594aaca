import type { Headers, InputRecord, Poison } from '../processor/ports.ts';
import type { TopicPartition } from './log-record.ts';
import { REPLAY_HEADER, sourcePosition, type SourcePosition } from './source-position.ts';

export type DeadLetter = Pick<InputRecord, 'key' | 'value' | 'timestamp' | 'headers'>;

const PREFIX = '__connect.errors.';

/** The record as it was, byte for byte, and behind its own headers why it stands here, under Kafka Connect's names. */
export const deadLetter = (
  { key, value, timestamp, headers, offset }: InputRecord,
  { topic, partition }: TopicPartition,
  poison: Poison,
): DeadLetter => ({
  key,
  value,
  timestamp,
  headers: [
    ...headers,
    ...Object.entries({
      topic,
      partition: String(partition),
      offset: String(offset),
      stage: 'VALUE_CONVERTER',
      'class.name': 'runclose.avro.RecordCodec',
      'exception.class.name': poison.code,
      'exception.message': poison.message,
    }).map(([name, text]) => [PREFIX + name, Buffer.from(text)] as const),
    ...skippedHeaders(poison),
  ],
});

/** When an operator skipped the record, and who did. */
const SKIPPED_AT = 'runclose-skipped-at';
const SKIPPED_BY = 'runclose-skipped-by';

const skippedHeaders = ({ skipped }: Poison): Headers =>
  skipped === undefined
    ? []
    : [
        [SKIPPED_AT, Buffer.from(skipped.at)],
        ...(skipped.by === null ? [] : [[SKIPPED_BY, Buffer.from(skipped.by)] as const]),
      ];

/**
 * Where the record of a dead letter stood. Its own headers may bear any name, so only what was appended counts; null for what was
 * not appended here, and for a dead letter that a replay wrote again.
 */
export const sourceOfDeadLetter = (headers: Headers): SourcePosition | null => {
  const begin = headers.findLastIndex(([name]) => name === `${PREFIX}topic`);
  const appended = new Map(
    headers.slice(Math.max(begin, 0)).map(([name, value]) => [name, value?.toString('utf8')]),
  );
  if (appended.has(REPLAY_HEADER)) return null;
  return sourcePosition(
    appended.get(`${PREFIX}topic`),
    appended.get(`${PREFIX}partition`),
    appended.get(`${PREFIX}offset`),
  );
};

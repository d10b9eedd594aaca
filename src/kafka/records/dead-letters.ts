import type { InputRecord } from '../../processor/ports/input-record.ts';
import type { Poison } from '../../processor/ports/record-codec.ts';
import { DEAD_LETTER_HEADERS, type Headers, REPLAY_HEADER, SKIPPED_HEADERS } from '../../wire/headers.ts';
import { positionOf, type Position } from '../../wire/position.ts';
import type { TopicPartition } from './log-record.ts';

export type DeadLetter = Pick<InputRecord, 'key' | 'value' | 'timestamp' | 'headers'>;

/** The record byte for byte. Headers after its own headers give the reason, under Kafka Connect's names. */
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
    [DEAD_LETTER_HEADERS.topic, Buffer.from(topic)],
    [DEAD_LETTER_HEADERS.partition, Buffer.from(String(partition))],
    [DEAD_LETTER_HEADERS.offset, Buffer.from(String(offset))],
    [DEAD_LETTER_HEADERS.stage, Buffer.from('VALUE_CONVERTER')],
    [DEAD_LETTER_HEADERS.decoder, Buffer.from('runclose.avro.RecordCodec')],
    [DEAD_LETTER_HEADERS.code, Buffer.from(poison.code)],
    [DEAD_LETTER_HEADERS.message, Buffer.from(poison.message)],
    ...skippedHeaders(poison),
  ],
});

const skippedHeaders = ({ skipped }: Poison): Headers =>
  skipped === undefined
    ? []
    : [
        [SKIPPED_HEADERS.at, Buffer.from(skipped.at)],
        ...(skipped.by === null ? [] : [[SKIPPED_HEADERS.by, Buffer.from(skipped.by)] as const]),
      ];

/**
 * The input position of a dead letter's record. The record's own headers may have any name, so only the appended headers count. Null if no
 * processor appended headers, or if a replay wrote the dead letter again.
 */
export const sourceOfDeadLetter = (headers: Headers): Position | null => {
  const begin = headers.findLastIndex(([name]) => name === DEAD_LETTER_HEADERS.topic);
  const appended = new Map(
    headers.slice(Math.max(begin, 0)).map(([name, value]) => [name, value?.toString('utf8')]),
  );
  if (appended.has(REPLAY_HEADER)) return null;
  return positionOf(
    appended.get(DEAD_LETTER_HEADERS.topic),
    appended.get(DEAD_LETTER_HEADERS.partition),
    appended.get(DEAD_LETTER_HEADERS.offset),
  );
};

/**
 * The package's entry for services that bring their own Kafka client: `runclose/records`. It reaches no client and no server, so that it may
 * be loaded beside any client.
 */
import { SCHEMA_TEXTS } from '../avro/schema-texts.ts';
import type { RecordTopic } from '../avro/schema-files.ts';
import { must, refuse } from './call-check.ts';
import { partitionOf as partitionOfBytes } from '../wire/partitioner.ts';

export type { ReadResult } from '../avro/record-reader.ts';
export { subjectOf } from '../avro/schema-files.ts';
export type { RecordOf, RecordTopic } from '../avro/schema-files.ts';
export type {
  Fairness,
  Order,
  RankingEntry,
  RunClosed,
  RunCloseRejected,
  RunCloseRequested,
  Runner,
  RunSummary,
} from '../domain/records.ts';
export { firstFault } from '../domain/validate.ts';
export { eventIdOfCommand, eventIdOfSource } from '../processor/event-identity.ts';
export { Failure } from '../processor/failure.ts';
export type { FailureKind } from '../processor/failure.ts';
export { EVENT_HEADERS } from '../wire/event-headers.ts';
export type { EventHeader } from '../wire/event-headers.ts';
export { EVENT_TYPES } from '../wire/event-types.ts';
export type { EventOf, EventType } from '../wire/event-types.ts';
export { DEAD_LETTER_HEADERS, REPLAY_HEADER } from '../wire/headers.ts';
export type { CommandInput } from './command-input.ts';
export { completeCommand } from './complete-command.ts';
export type { OrderInput } from './record-inputs.ts';
export { createDecoder, createEncoder } from './record-values.ts';
export type { Decode, Encode, EncoderSettings, SchemaIdLookup, SchemaLookup } from './record-values.ts';
export type { TimeInput } from './time-text.ts';

/** The JSON text of each topic's schema, as `setup` registers it: `schemas/*.avsc` without white space. */
export const SCHEMAS: Readonly<Record<RecordTopic, string>> = SCHEMA_TEXTS;

/** The partition for the records of a channel: what Java's default partitioner and librdkafka's `murmur2_random` choose. */
export const partitionOf = (channelId: string, partitions: number): number => {
  refuse([...CHANNEL_ID(channelId), ...PARTITIONS(partitions)]);
  return partitionOfBytes(Buffer.from(channelId), partitions);
};

const CHANNEL_ID = must('channelId', 'a text', (value) => typeof value === 'string');
const PARTITIONS = must(
  'partitions',
  'a whole number from 1',
  (value) => Number.isSafeInteger(value) && Number(value) >= 1,
);

import type { Type } from 'avsc';
import type { RunCloseRequested } from '../domain/records.ts';
import { EVENT_TYPES, type EventOf, type EventType } from '../wire/event-types.ts';
import { parseType } from './avro-type.ts';
import type { RecordJson } from './schema-json.ts';
import { SCHEMA_TEXTS } from './schema-texts.ts';

/** A topic with our records, by its name without a prefix. */
export type RecordTopic = 'run.close.requested' | EventType;

/** The record type of each topic. */
export type RecordOf = EventOf & { readonly 'run.close.requested': RunCloseRequested };

export const RECORD_TOPICS = [
  'run.close.requested',
  ...EVENT_TYPES,
] as const satisfies readonly RecordTopic[];

export type RecordSchema = {
  /** As it is registered: the schema file's JSON, without its white space. */
  readonly json: string;
  readonly schema: RecordJson;
  readonly type: Type;
};

export type RecordSchemas = Readonly<Record<RecordTopic, RecordSchema>>;

/** `schemas/*.avsc` of this package. */
export const loadSchemas = (): RecordSchemas => ({
  'run.close.requested': load('run.close.requested'),
  'run.closed': load('run.closed'),
  'run.summary': load('run.summary'),
  'run.close.rejected': load('run.close.rejected'),
});

const load = (topic: RecordTopic): RecordSchema => {
  const json = SCHEMA_TEXTS[topic];
  return { json, schema: JSON.parse(json) as RecordJson, type: parseType(json) };
};

/** TopicNameStrategy: the values of a topic, prefix and all, are one subject. */
export const subjectOf = (topicPrefix: string, topic: RecordTopic): string => `${topicPrefix}${topic}-value`;

/**
 * Gives each event of a file the id that its schema has today. Today's registry may have other ids than the registry at the time of the
 * export: it may belong to another cluster, or may have lost its data.
 */
import { createEarlierSchemaIds, type EarlierSchemaIds } from '../../avro/earlier-schema-ids.ts';
import { fingerprintOf } from '../../avro/fingerprint.ts';
import type { HistoryFile } from '../../avro/history-file.ts';
import { type WriterSchema, writerType } from '../../avro/writer-schema.ts';
import type { EncodedRecord } from '../../kafka/records/log-record.ts';
import { identityOfEvent } from '../../kafka/records/replayed-events.ts';
import type { EventType } from '../../wire/event-types.ts';
import { frame, HEADER_LENGTH, readFrame } from '../../wire/frame.ts';
import { openRegistry } from '../servers/servers.ts';
import type { Work } from '../work.ts';

type FileEvent = { readonly type: EventType; readonly record: EncodedRecord };

export type SchemaIdOf = (type: EventType, writer: WriterSchema) => Promise<number>;

/** Connects to the registry only when the first id is needed. */
export const todaysSchemaIds = (work: Work): SchemaIdOf => {
  let opened: Promise<EarlierSchemaIds> | undefined;
  const open = async (): Promise<EarlierSchemaIds> => {
    const { registry, topicPrefix } = await openRegistry(work, work.settings('kafka', 'registry'));
    return createEarlierSchemaIds(registry, topicPrefix);
  };
  return async (type, writer) => {
    opened ??= open();
    return (await opened).idOf(type, fingerprintOf(writerType(writer)));
  };
};

/**
 * Creates a function that writes today's id into an event. Records that no processor emitted keep their bytes, because they are not sent.
 */
export const createTodaysIds = ({ writerSchema }: Pick<HistoryFile, 'writerSchema'>, idOf: SchemaIdOf) => {
  const ids = new Map<string, Promise<number | null>>();
  const find = async (type: EventType, schemaId: number): Promise<number | null> => {
    const writer = await writerSchema(schemaId);
    return writer === null ? null : idOf(type, writer);
  };
  return async ({ type, record }: FileEvent): Promise<FileEvent> => {
    const framed = readFrame(record.value);
    if (framed.kind === 'unframed' || record.value === null) return { type, record };
    if (identityOfEvent(record.headers)?.type !== type) return { type, record };
    const key = `${type} ${String(framed.schemaId)}`;
    const finding = ids.get(key) ?? find(type, framed.schemaId);
    ids.set(key, finding);
    const id = await finding;
    if (id === null || id === framed.schemaId) return { type, record };
    const value = frame(id, record.value.subarray(HEADER_LENGTH));
    // Copy the headers explicitly: a file's record reads its headers lazily, and the spread does not copy them.
    return { type, record: { ...record, headers: record.headers, value } };
  };
};

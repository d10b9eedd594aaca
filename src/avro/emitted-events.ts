/**
 * Reads emitted events from topics or files to compare them. An older or newer version of a schema writes the same event in other bytes,
 * with fields that this version lacks, or without fields that this version has.
 */
import type { Type } from 'avsc';
import type { EmittedEvent } from '../processor/ports/record-codec.ts';
import type { EventType } from '../wire/event-types.ts';
import { HEADER_LENGTH, readFrame } from '../wire/frame.ts';
import { attempt } from './attempt.ts';
import { createBoundsCheck } from './bounds-check.ts';
import { fingerprintOf } from './fingerprint.ts';
import { resolverBetween } from './resolution.ts';
import type { RecordSchemas } from './schema-files.ts';
import { writerType, type WriterSchema } from './writer-schema.ts';

/** Rejects only if the writer's schema cannot be fetched. */
export type ReadEmitted = (type: EventType, value: Buffer | null) => Promise<EmittedEvent>;

/** Fetches each schema once. */
export const createReadEmitted = (
  schemas: RecordSchemas,
  writerSchema: (id: number) => Promise<WriterSchema | null>,
): ReadEmitted => {
  const readings = new Map<string, Promise<Reading | null>>();
  const readingOf = (type: EventType, id: number): Promise<Reading | null> => {
    const key = `${type} ${String(id)}`;
    const known = readings.get(key);
    if (known !== undefined) return known;
    const fetching = writerSchema(id).then((schema) => schema && readingBetween(schemas[type].type, schema));
    readings.set(key, fetching);
    fetching.catch(() => readings.delete(key));
    return fetching;
  };
  return async (type, value) => {
    const framed = readFrame(value);
    const reading = framed.kind === 'framed' ? await readingOf(type, framed.schemaId) : null;
    return emittedEvent(schemas[type].type, value?.subarray(HEADER_LENGTH) ?? Buffer.alloc(0), reading);
  };
};

/** Translates between this version's schema and a writer's schema. */
type Reading = {
  readonly fingerprint: Buffer;
  /** A body of the writer, as this version reads it. Throws if the bytes are no such body. */
  read(body: Buffer): object;
  /** A body of this version, as if the writer had written it. */
  like(body: Buffer): object;
};

const emittedEvent = (own: Type, body: Buffer, reading: Reading | null): EmittedEvent => {
  const fieldsLike = (decided: Buffer): object =>
    reading === null ? (own.fromBuffer(decided) as object) : reading.like(decided);
  const fields = (reading && attempt(() => reading.read(body))) ?? null;
  return {
    body,
    writtenWith: reading?.fingerprint,
    fields,
    fieldsLike,
    saysTheSameAs: (decided) =>
      body.equals(decided) ||
      (fields !== null && own.toBuffer(fields).equals(own.toBuffer(fieldsLike(decided)))),
  };
};

/** Null: this version cannot read records of the schema. */
const readingBetween = (own: Type, schema: WriterSchema): Reading | null =>
  attempt(() => {
    if (schema.kind !== 'AVRO') return null;
    const writer = writerType(schema);
    const check = createBoundsCheck(writer);
    const fingerprint = fingerprintOf(writer);
    const toOwn = resolverBetween(own, writer);
    const toWriter = resolverBetween(writer, own);
    const read = (body: Buffer): object => own.decode(body, 0, toOwn).value as object;
    return {
      fingerprint,
      read: (body) => {
        check.one(body, 0);
        return read(body);
      },
      like: (body) => read(writer.toBuffer(writer.decode(body, 0, toWriter).value)),
    };
  }) ?? null;

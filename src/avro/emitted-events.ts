/**
 * Reads emitted events from topics or files to compare them. An older or newer version of a schema writes the same event in other bytes,
 * with fields that this version lacks, or without fields that this version has. So fields are compared, not bytes.
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

/** Rejects only if the registry does not say whether the writer's schema exists. */
export type ReadEmitted = (type: EventType, value: Buffer | null) => Promise<EmittedEvent>;

/** Keeps each schema that it has fetched. After a failure, it fetches again. */
export const createReadEmitted = (
  schemas: RecordSchemas,
  writerSchema: (id: number) => Promise<WriterSchema | null>,
): ReadEmitted => {
  const translations = new Map<string, Promise<Translation | null>>();
  const translationOf = (type: EventType, id: number): Promise<Translation | null> => {
    const key = `${type} ${String(id)}`;
    const known = translations.get(key);
    if (known !== undefined) return known;
    const fetching = writerSchema(id).then(
      (schema) => schema && translationBetween(schemas[type].type, schema),
    );
    translations.set(key, fetching);
    fetching.catch(() => translations.delete(key));
    return fetching;
  };
  return async (type, value) => {
    const framed = readFrame(value);
    const translation = framed.kind === 'framed' ? await translationOf(type, framed.schemaId) : null;
    return emittedEvent(schemas[type].type, value?.subarray(HEADER_LENGTH) ?? Buffer.alloc(0), translation);
  };
};

/** Translates between this version's schema and a writer's schema. */
type Translation = {
  readonly fingerprint: Buffer;
  /** The fields of a body of the writer, as this version reads them. Throws if the bytes do not match the writer's schema. */
  read(body: Buffer): object;
  /** The fields of a body of this version after a way through the writer's schema, which loses the fields that the writer lacks. */
  throughWriter(body: Buffer): object;
};

const emittedEvent = (own: Type, body: Buffer, translation: Translation | null): EmittedEvent => {
  const fieldsLike = (decided: Buffer): object =>
    translation === null ? (own.fromBuffer(decided) as object) : translation.throughWriter(decided);
  const fields = (translation && attempt(() => translation.read(body))) ?? null;
  return {
    body,
    writtenWith: translation?.fingerprint,
    fields,
    fieldsLike,
    saysTheSameAs: (decided) =>
      body.equals(decided) ||
      (fields !== null && own.toBuffer(fields).equals(own.toBuffer(fieldsLike(decided)))),
  };
};

/** Null: this version cannot read records of the schema. */
const translationBetween = (own: Type, schema: WriterSchema): Translation | null =>
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
      throughWriter: (body) => read(writer.toBuffer(writer.decode(body, 0, toWriter).value)),
    };
  }) ?? null;

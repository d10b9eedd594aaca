/** Values of records in Confluent's wire format, for services that bring their own Kafka client and know how to ask their registry. */
import { createRecordDecoder } from '../avro/record-decoder.ts';
import { createRecordEncoder } from '../avro/record-encoder.ts';
import type { ReadResult } from '../avro/record-reader.ts';
import { createRecordReaders } from '../avro/record-readers.ts';
import { loadSchemas, subjectOf, type RecordOf, type RecordTopic } from '../avro/schema-files.ts';
import { wrongUse } from '../processor/failure.ts';
import { frame } from '../wire/frame.ts';
import { expectArgument, must, optional, refuse } from './call-check.ts';

/**
 * The registry's id of this schema under this subject. Called for each record: return a known id at once. If it rejects, `encode` rejects
 * with the same error.
 */
export type SchemaIdLookup = (subject: string, schema: string) => number | Promise<number>;

/**
 * The JSON text of the Avro schema with this id; null if the registry answers that it does not know the id. If it rejects, for example
 * because the registry is away, `decode` rejects with the same error: try again. The decoder remembers the schemas that it has used.
 */
export type SchemaLookup = (schemaId: number) => string | null | Promise<string | null>;

export type EncoderSettings = {
  readonly schemaId: number | SchemaIdLookup;
  /** Part of the subject that `schemaId` is asked for. Includes the separator: `staging.` */
  readonly topicPrefix?: string;
};

/** The value of a record. Rejects with a `Failure`: `UNENCODABLE_RECORD`, which names the faulty field, but not its value. */
export type Encode<T extends RecordTopic> = (record: RecordOf[T]) => Promise<Buffer>;

/** The record, in this package's version of its schema, or why the value is no such record. */
export type Decode<T extends RecordTopic> = (value: Uint8Array | null) => Promise<ReadResult<RecordOf[T]>>;

/** @param topic without a prefix */
export const createEncoder = <T extends RecordTopic>(topic: T, settings: EncoderSettings): Encode<T> => {
  expectArgument('createEncoder', settings, ENCODER);
  const { schemaId, topicPrefix = '' } = settings;
  const { type, json } = schemaOfTopic(topic);
  const encode = createRecordEncoder<RecordOf[T]>(type);
  const subject = subjectOf(topicPrefix, topic);
  return async (record) => {
    const body = encode(record);
    const id = typeof schemaId === 'number' ? schemaId : await schemaId(subject, json);
    return frame(expectId(id, subject), body);
  };
};

/** @param topic without a prefix */
export const createDecoder = <T extends RecordTopic>(topic: T, schemaOf: SchemaLookup): Decode<T> => {
  refuse(LOOKUP(schemaOf));
  const readers = createRecordReaders<RecordOf[T]>({
    registry: {
      schema: async (id) => {
        const schema = await schemaOf(id);
        return schema === null ? null : { schema: expectText(schema, id) };
      },
      // Only a schema with references is asked for, and a text has none.
      version: (subject) => Promise.reject(new Error(`no schema refers to ${subject}`)),
    },
    // The caller's word that an id is unknown counts.
    ownSchemas: { missing: () => Promise.resolve([]) },
    readerType: schemaOfTopic(topic).type,
  });
  const decode = createRecordDecoder(readers);
  return async (value) => {
    const [result] = await decode([value === null ? null : bufferOf(value)]);
    return result as ReadResult<RecordOf[T]>;
  };
};

const ENCODER = {
  schemaId: must(
    'schemaId',
    'a number or a function',
    (value) => typeof value === 'number' || typeof value === 'function',
  ),
  topicPrefix: optional(must('topicPrefix', 'a text', (value) => typeof value === 'string')),
};
const LOOKUP = must('schemaOf', 'a function', (value) => typeof value === 'function');

let schemas: ReturnType<typeof loadSchemas> | undefined;

const schemaOfTopic = (topic: RecordTopic) => {
  schemas ??= loadSchemas();
  if (Object.hasOwn(schemas, topic)) return schemas[topic];
  throw wrongUse(`there is no record of topic ${topic}: name one of ${Object.keys(schemas).join(', ')}`);
};

const bufferOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const expectId = (id: unknown, subject: string): number => {
  if (typeof id === 'number' && (id | 0) === id) return id;
  throw wrongUse(`schemaId gave no whole number of 32 bits for the schema of ${subject}`);
};

const expectText = (schema: unknown, id: number): string => {
  if (typeof schema === 'string') return schema;
  throw wrongUse(
    `the lookup of schema id ${String(id)} gave no text: return the JSON text of the schema, or null if the registry does not know the id`,
  );
};

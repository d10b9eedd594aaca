/**
 * Redacts the fields of an event that its schema marks as `pii`, and keeps ids and numbers. A text becomes empty, or null if the field may
 * be null. Redacting again changes nothing, and the order of people does not matter.
 */
import type { ForgetIn, Forgotten } from '../replay/ports.ts';
import type { EventType } from '../wire/event-types.ts';
import { createBoundsCheck, Malformed } from './bounds-check.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { RecordSchema } from './schema-files.ts';
import type { FieldJson, RecordJson, SchemaJson } from './schema-json.ts';

export const createForgetting = (schemas: Readonly<Record<EventType, RecordSchema>>): ForgetIn => {
  const forgetting = {
    'run.closed': forgettingIn(schemas['run.closed']),
    'run.summary': forgettingIn(schemas['run.summary']),
    'run.close.rejected': forgettingIn(schemas['run.close.rejected']),
  };
  return (type, body, people) => forgetting[type](body, people);
};

type Value = Readonly<Record<string, unknown>>;
/** Whether to redact this field of this record. Called only for fields with personal data. */
type IsForgotten = (field: FieldJson, record: Value) => boolean;

const forgettingIn = ({ schema, type }: RecordSchema) => {
  const check = createBoundsCheck(type);
  const encode = createRecordEncoder(type);
  const walk = createWalk(schema);
  return (body: Buffer, people: Forgotten): Buffer | null => {
    try {
      check.one(body, 0);
    } catch (error) {
      if (error instanceof Malformed) return null;
      throw error;
    }
    const event = type.fromBuffer(body) as Value;
    return encode(walk(event, isForgotten(event, people)));
  };
};

/** A channel and a meeting place belong to no single person. They are marked as `pii` because a publisher may write anything there. */
const OF_THE_CHANNEL = new Set(['channelName', 'pickupNote']);

/**
 * For single people, redacts the fields of every record with their user id, and every other text of an event in which they take part,
 * because the text may quote them. A new `pii` field counts as such a text, unless `OF_THE_CHANNEL` lists it.
 */
const isForgotten = (event: Value, forgotten: Forgotten): IsForgotten => {
  if (forgotten === 'everybody') return () => true;
  const people = new Set<unknown>(forgotten);
  const takesPart = mentions(event, people);
  return ({ name }, record) =>
    'userId' in record ? people.has(record['userId']) : takesPart && !OF_THE_CHANNEL.has(name);
};

const mentions = (value: unknown, people: ReadonlySet<unknown>): boolean => {
  if (typeof value !== 'object' || value === null) return false;
  if ('userId' in value && people.has(value.userId)) return true;
  return Object.values(value).some((each) => mentions(each, people));
};

const createWalk = (root: RecordJson) => {
  const named = new Map<string, RecordJson>();
  const learn = (schema: SchemaJson): void => {
    if (typeof schema === 'string') return;
    if (isUnion(schema)) schema.forEach(learn);
    else if (schema.type === 'array') learn(schema.items);
    else if (schema.type === 'record') {
      named.set(schema.name, schema);
      for (const field of schema.fields) learn(field.type);
    }
  };
  learn(root);

  const walk = (schema: SchemaJson, value: unknown, isOut: IsForgotten): unknown => {
    if (value === null) return null;
    if (typeof schema === 'string') {
      const record = named.get(schema);
      return record === undefined ? value : walkRecord(record, value as Value, isOut);
    }
    if (isUnion(schema)) return walk(otherThanNull(schema), value, isOut);
    switch (schema.type) {
      case 'record':
        return walkRecord(schema, value as Value, isOut);
      case 'array':
        return (value as readonly unknown[]).map((item) => walk(schema.items, item, isOut));
      case 'long':
        return value;
    }
  };
  const walkRecord = (schema: RecordJson, record: Value, isOut: IsForgotten): Value =>
    Object.fromEntries(
      schema.fields.map((field) => [
        field.name,
        field.pii === true && isOut(field, record)
          ? emptyOf(field)
          : walk(field.type, record[field.name], isOut),
      ]),
    );
  return (event: Value, isOut: IsForgotten): Value => walkRecord(root, event, isOut);
};

const isUnion = (schema: SchemaJson): schema is readonly SchemaJson[] => Array.isArray(schema);

/** Our unions are null and one other type. */
const otherThanNull = (union: readonly SchemaJson[]): SchemaJson =>
  union.find((branch) => branch !== 'null') ?? 'null';

const emptyOf = ({ name, type }: FieldJson): '' | null => {
  if (type === 'string') return '';
  if (isUnion(type) && type.includes('null')) return null;
  throw new TypeError(
    `the field ${name} is marked as pii, but its type has no empty value: make it a string or nullable`,
  );
};

import type { Type } from 'avsc';
import { parseType } from './avro-type.ts';
import type { RegisteredSchema, WrittenSchemas } from './registered-schema.ts';

/** A registered schema with everything that it refers to. */
export type WriterSchema = {
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly kind: string;
  readonly json: string;
  /** Each comes after the references that it needs. */
  readonly references: readonly string[];
};

/** Null: the registry answered that it does not know the id. */
export const fetchWriterSchema = async (
  registry: WrittenSchemas,
  id: number,
): Promise<WriterSchema | null> => {
  const registered = await registry.schema(id);
  return registered && withReferences(registry, registered);
};

export const withReferences = async (
  registry: WrittenSchemas,
  registered: RegisteredSchema,
): Promise<WriterSchema> => {
  const references = new Map<string, string>();
  await collectReferences(registry, registered, references);
  return {
    kind: registered.schemaType ?? 'AVRO',
    json: registered.schema,
    references: [...references.values()],
  };
};

/**
 * The type to read a writer's records with. Keeps only the parts of the schema that say how records are written: a default that does not
 * fit its field, or an unknown order, does not matter to a reader. Throws avsc's error if the schema is invalid.
 */
export const writtenType = ({ json, references }: WriterSchema): Type =>
  parseType(essentialJson(json), references.map(essentialJson));

const essentialJson = (json: string): string => JSON.stringify(essential(JSON.parse(json)));

const essential = (schema: unknown): unknown => {
  if (Array.isArray(schema)) return schema.map(essential);
  if (typeof schema === 'string') return essentialName(schema);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { type, name, namespace, fields, items, values, symbols, size } = schema as Record<string, unknown>;
  return {
    type: essential(type),
    name: essentialName(name),
    namespace: essentialName(namespace),
    symbols,
    size,
    ...(items === undefined ? {} : { items: essential(items) }),
    ...(values === undefined ? {} : { values: essential(values) }),
    ...(Array.isArray(fields) ? { fields: fields.map(essentialField) } : {}),
  };
};

/** Java allows any namespace, such as `com.my-company.Outer$`; avsc does not. A name only has to be the same everywhere in the schema. */
const essentialName = (name: unknown): unknown =>
  typeof name === 'string'
    ? name.replaceAll(/[^A-Za-z0-9_.]/g, '_').replaceAll(/(^|\.)(?=\d)/g, '$1_')
    : name;

/**
 * avsc looks up names of fields in plain objects. No field of this product has a name that every object has, so such a field is renamed.
 */
const essentialField = (field: unknown): unknown => {
  const { name, type } = field as Record<string, unknown>;
  const isEverywhere = typeof name === 'string' && name in Object.prototype;
  return { name: isEverywhere ? `${name}_of_the_writer` : name, type: essential(type) };
};

/** The whole type, including defaults. Throws avsc's error if the schema is invalid. */
export const writerType = (schema: WriterSchema): Type => parseType(schema.json, schema.references);

const collectReferences = async (
  registry: WrittenSchemas,
  { references = [] }: RegisteredSchema,
  collected: Map<string, string>,
): Promise<void> => {
  for (const { name, subject, version } of references) {
    if (collected.has(name)) continue;
    // Add it before its own references, so that a cycle of references ends.
    const referenced = await registry.version(subject, version);
    collected.set(name, referenced.schema);
    await collectReferences(registry, referenced, collected);
    // Move it after the references that it needs.
    collected.delete(name);
    collected.set(name, referenced.schema);
  }
};

import type { Type } from 'avsc';

import { parseType } from './avro-type.ts';
import type { RegisteredSchema, SchemaRegistry } from './schema-registry.ts';

/** A registered schema with everything that it refers to. */
export type WriterSchema = {
  /** `AVRO`, `JSON` or `PROTOBUF`. */
  readonly kind: string;
  readonly json: string;
  /** In order of need. */
  readonly references: readonly string[];
};

/** Null: the registry says that it does not know the id. */
export const fetchWriterSchema = async (
  registry: SchemaRegistry,
  id: number,
): Promise<WriterSchema | null> => {
  const registered = await registry.schema(id);
  return registered && withReferences(registry, registered);
};

export const withReferences = async (
  registry: SchemaRegistry,
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
 * The type to read a writer's records with. Only what says how they are written counts: a default that does not fit its field, or an
 * unknown order, harms nobody who reads. Throws whatever avsc throws for a schema that is not one.
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

/** Java lets a namespace hold anything, such as `com.my-company.Outer$`; avsc does not. It only has to be the same everywhere. */
const essentialName = (name: unknown): unknown =>
  typeof name === 'string'
    ? name.replaceAll(/[^A-Za-z0-9_.]/g, '_').replaceAll(/(^|\.)(?=\d)/g, '$1_')
    : name;

/** avsc looks names of fields up in plain objects. One that every object has is none of ours, so it may have another name. */
const essentialField = (field: unknown): unknown => {
  const { name, type } = field as Record<string, unknown>;
  const isEverywhere = typeof name === 'string' && name in Object.prototype;
  return { name: isEverywhere ? `${name}_of_the_writer` : name, type: essential(type) };
};

/** With its defaults. Throws whatever avsc throws for a schema that is not one. */
export const writerType = (schema: WriterSchema): Type => parseType(schema.json, schema.references);

const collectReferences = async (
  registry: SchemaRegistry,
  { references = [] }: RegisteredSchema,
  collected: Map<string, string>,
): Promise<void> => {
  for (const { name, subject, version } of references) {
    if (collected.has(name)) continue;
    // Held before its own references are, so that a circle of references ends.
    const referenced = await registry.version(subject, version);
    collected.set(name, referenced.schema);
    await collectReferences(registry, referenced, collected);
    // Moved behind what it needs.
    collected.delete(name);
    collected.set(name, referenced.schema);
  }
};

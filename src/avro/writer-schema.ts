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

/** Throws whatever avsc throws for a schema that is not one. */
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

import type { RecordJson, SchemaJson } from '../../src/avro/schema-json.ts';

/** Every record in a schema; nested records come first. */
export const recordsIn = (schema: SchemaJson): readonly RecordJson[] => {
  if (typeof schema === 'string') return [];
  if (!('type' in schema)) return schema.flatMap(recordsIn);
  switch (schema.type) {
    case 'record':
      return [...schema.fields.flatMap(({ type }) => recordsIn(type)), schema];
    case 'array':
      return recordsIn(schema.items);
    case 'long':
      return [];
  }
};

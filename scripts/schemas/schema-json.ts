/** The part of Avro's schema language that our records use. */
export type SchemaJson = string | readonly SchemaJson[] | RecordJson | ArrayJson | LogicalJson;

export type RecordJson = {
  readonly type: 'record';
  readonly name: string;
  readonly namespace?: string;
  readonly doc: string;
  readonly fields: readonly FieldJson[];
};

export type FieldJson = {
  readonly name: string;
  readonly type: SchemaJson;
  readonly doc: string;
  readonly default?: unknown;
  readonly pii?: true;
};

type ArrayJson = { readonly type: 'array'; readonly items: SchemaJson };
type LogicalJson = { readonly type: 'long'; readonly logicalType: 'timestamp-millis' };

/** Every record in a schema, a nested one before those that hold it. */
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

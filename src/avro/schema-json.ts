/** The part of Avro's schema language that our records use. */
export type SchemaJson = string | readonly SchemaJson[] | RecordJson | ArrayJson | TimeJson;

export type RecordJson = {
  readonly type: 'record';
  readonly name: string;
  /** On the outermost record only. */
  readonly namespace?: string;
  readonly doc: string;
  readonly fields: readonly FieldJson[];
};

export type FieldJson = {
  readonly name: string;
  readonly type: SchemaJson;
  readonly doc: string;
  readonly default?: unknown;
  /** Holds personal data. */
  readonly pii?: true;
};

export type ArrayJson = { readonly type: 'array'; readonly items: SchemaJson };
export type TimeJson = { readonly type: 'long'; readonly logicalType: 'timestamp-millis' };

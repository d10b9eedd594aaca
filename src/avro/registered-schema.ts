/** A schema as the registry answers with it. */
export type RegisteredSchema = {
  readonly schema: string;
  /** Absent: `AVRO`. */
  readonly schemaType?: string | undefined;
  /** Schemas that this one names without defining them. */
  readonly references?: readonly SchemaReference[] | undefined;
};

export type SchemaReference = { readonly name: string; readonly subject: string; readonly version: number };

export type RegisteredVersion = RegisteredSchema & { readonly id: number };

/** Where to find the schemas that records were written with. */
export interface WrittenSchemas {
  /** Null: the registry answered 404 with the error code 40403, "schema not found". */
  schema(id: number): Promise<RegisteredSchema | null>;
  version(subject: string, version: number): Promise<RegisteredVersion>;
}

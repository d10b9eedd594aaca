import avro from 'avsc';
import type { Schema, Type } from 'avsc';

import { readLong, writeLong } from './long.ts';
import type { Cursor } from './long.ts';

/**
 * The type of a schema, as JSON text; `references` are the schemas it names without defining them, in order of need. Records
 * decode to objects with no methods. Throws whatever avsc throws for a schema that is not one.
 */
export const parseType = (json: string, references: readonly string[] = []): Type => {
  const options = { omitRecordMethods: true, typeHook: exactLongs, registry: {} };
  for (const reference of references) avro.Type.forSchema(parseJson(reference), options);
  return avro.Type.forSchema(parseJson(json), options);
};

/** avsc's long with its reader and writer replaced: see long.ts. The methods are avsc's internals, pinned by its version. */
class ExactLongType extends avro.types.LongType {
  _check(value: unknown, _flags: unknown, onError?: (value: unknown, type: Type) => void): boolean {
    const valid = Number.isSafeInteger(value);
    if (!valid && onError !== undefined) onError(value, this);
    return valid;
  }

  _read(cursor: Cursor): number {
    return readLong(cursor);
  }

  _write(cursor: Cursor, value: number): void {
    if (!Number.isSafeInteger(value)) throw new RangeError('a long that is not a safe integer');
    writeLong(cursor, value);
  }
}

const EXACT_LONG = new ExactLongType();

const exactLongs = (schema: Schema): Type | undefined =>
  schema === 'long' || (typeof schema === 'object' && 'type' in schema && schema.type === 'long')
    ? EXACT_LONG
    : undefined;

const parseJson = (json: string): Schema => JSON.parse(json) as Schema;

import avro from 'avsc';
import type { Schema, Type } from 'avsc';
import { type Cursor, readLong, writeLong } from './long.ts';
import { tryWriteLengthAndText } from './text.ts';

type Tap = Cursor & { writeString(text: string): void };

/** avsc's internals, pinned by its version: how each type writes a value. */
type InternalType = Type & { _write(tap: Tap, value: unknown): void };

/**
 * Parses a schema from JSON text. `references` are schemas that it names without defining them; each may name the references before it.
 * Records decode to objects without methods. Throws if a text is not JSON or not a schema.
 */
export const parseType = (json: string, references: readonly string[] = []): Type => {
  const options = { omitRecordMethods: true, typeHook: replacementFor, registry: {} };
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
    if (!Number.isSafeInteger(value))
      throw new RangeError(`expected a safe integer for a long, got ${String(value)}`);
    writeLong(cursor, value);
  }
}

const EXACT_LONG = new ExactLongType();

/**
 * avsc's bytes without a copy: the result is a view of the buffer that was read. So it keeps that buffer in memory, and changes with it.
 * Lengths are checked beforehand, by bounds-check.ts.
 */
class ViewedBytesType extends avro.types.BytesType {
  _read(cursor: Cursor): Buffer {
    const length = readLong(cursor);
    const start = cursor.pos;
    cursor.pos += length;
    return cursor.buf.subarray(start, cursor.pos);
  }
}

const VIEWED_BYTES = new ViewedBytesType();

/** avsc's string, written in one pass if text.ts can do so. avsc computes the length in bytes first, which takes as long as the writing. */
class QuickStringType extends avro.types.StringType {
  _write(tap: Tap, text: unknown): void {
    if (typeof text !== 'string')
      throw new TypeError(`expected a string, got ${text === null ? 'null' : typeof text}`);
    if (!tryWriteLengthAndText(tap, text)) tap.writeString(text);
  }
}

const QUICK_STRING = new QuickStringType();

/** avsc's union of null and one other type. Finds the branch without searching for a type that fits the value. */
class NullableType extends avro.types.UnwrappedUnionType {
  _write(tap: Tap, value: unknown): void {
    writeLong(tap, value === null ? 0 : 1);
    if (value !== null) (this.types[1] as InternalType)._write(tap, value);
  }
}

const isNullable = (schema: Schema): boolean =>
  Array.isArray(schema) && schema.length === 2 && schema[0] === 'null';

/** Avsc's own type if undefined. */
const replacementFor = (schema: Schema, options: object): Type | undefined => {
  if (isNullable(schema)) return new NullableType(schema, options);
  const typeName = typeof schema === 'object' && 'type' in schema ? schema.type : schema;
  switch (typeName) {
    case 'long':
      return EXACT_LONG;
    case 'bytes':
      return VIEWED_BYTES;
    case 'string':
      return QUICK_STRING;
  }
  return undefined;
};

const parseJson = (json: string): Schema => JSON.parse(json) as Schema;

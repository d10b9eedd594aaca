import type { Type } from 'avsc';
import type { Poison } from '../processor/ports/record-codec.ts';
import { HEADER_LENGTH } from '../wire/frame.ts';
import { attempt } from './attempt.ts';
import { createBoundsCheck, Malformed } from './bounds-check.ts';
import { resolverBetween } from './resolution.ts';
import { writtenType, type WriterSchema } from './writer-schema.ts';

export type ReadResult<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'poison'; readonly poison: Poison };

/** Reads a value in the wire format, whose schema id is the writer's. Never throws. */
export type RecordReader<T> = (value: Buffer) => ReadResult<T>;

/** Reads records that were written with `writer` as `T`, whose type is `readerType`. Never throws. */
export const createRecordReader = <T>(
  readerType: Type,
  schemaId: number,
  writer: WriterSchema,
): RecordReader<T> => {
  const id = `schema id ${String(schemaId)}`;
  if (writer.kind !== 'AVRO') return always(`${id} is of type ${writer.kind}, not AVRO`);

  const written = attempt(() => {
    const type = writtenType(writer);
    return { type, check: createBoundsCheck(type) };
  });
  if (written === undefined) return always(`${id} is not an Avro schema`);

  const read = attempt(() => readerFor(readerType, written.type));
  if (read === undefined) {
    return always(
      `${id}, ${written.type.branchName ?? 'a union'}, cannot be read as ${String(readerType.name)}`,
    );
  }
  return (value) => {
    try {
      written.check.one(value, HEADER_LENGTH);
      return { kind: 'value', value: read(value) as T };
    } catch (error) {
      return undecodable(
        `the value does not match ${id}: ${error instanceof Malformed ? error.message : 'it cannot be read'}`,
      );
    }
  };
};

const readerFor = (readerType: Type, written: Type): ((value: Buffer) => unknown) => {
  if (readerType.equals(written)) return (value) => readerType.decode(value, HEADER_LENGTH).value as unknown;
  const resolver = resolverBetween(readerType, written);
  return (value) => readerType.decode(value, HEADER_LENGTH, resolver).value as unknown;
};

const always =
  (message: string): RecordReader<never> =>
  () =>
    undecodable(message);

const undecodable = (message: string): ReadResult<never> => ({
  kind: 'poison',
  poison: { code: 'UNDECODABLE', message },
});

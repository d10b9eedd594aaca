/** Confluent's wire format: a zero byte, the schema id in four bytes, big endian, and the Avro body. */
import { count } from '../domain/words/count.ts';

/** In bytes. */
export const HEADER_LENGTH = 5;

const MAGIC_BYTE = 0;

/** Puts the header before an Avro body. */
export const frame = (schemaId: number, body: Buffer): Buffer => {
  const framed = Buffer.allocUnsafe(HEADER_LENGTH + body.length);
  framed[0] = MAGIC_BYTE;
  framed.writeInt32BE(schemaId, 1);
  body.copy(framed, HEADER_LENGTH);
  return framed;
};

/** The header of a value, or why the value has none. */
export type Framed =
  | { readonly kind: 'framed'; readonly schemaId: number }
  | {
      readonly kind: 'unframed';
      readonly code: 'NULL_VALUE' | 'TOO_SHORT' | 'WRONG_MAGIC_BYTE';
      readonly message: string;
    };

const NULL_VALUE: Framed = { kind: 'unframed', code: 'NULL_VALUE', message: 'the record has no value' };

/** Reads the header; the body begins at `HEADER_LENGTH`. Ids are signed, as the registry's own clients read them. */
export const readFrame = (value: Buffer | null): Framed => {
  if (value === null) return NULL_VALUE;
  if (value.length < HEADER_LENGTH) {
    return {
      kind: 'unframed',
      code: 'TOO_SHORT',
      message: `not Avro with a schema id: ${count(value.length, 'byte')}, fewer than the ${String(HEADER_LENGTH)} bytes of the header`,
    };
  }
  const magic = value.readUInt8(0);
  if (magic !== MAGIC_BYTE) {
    return {
      kind: 'unframed',
      code: 'WRONG_MAGIC_BYTE',
      message: `not Avro with a schema id: the first byte is ${String(magic)}, not 0`,
    };
  }
  return { kind: 'framed', schemaId: value.readInt32BE(1) };
};

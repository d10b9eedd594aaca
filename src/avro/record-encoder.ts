import type { Type } from 'avsc';
import { Failure } from '../processor/failure.ts';

/** Encodes a record as an Avro body. Throws a fatal `UNENCODABLE_RECORD`, which names the faulty field, but not its value. */
export type RecordEncoder<T> = (record: T) => Buffer;

/**
 * Bodies are written one after another into the same slab, without a copy. They live as long as their batch. With a copy, the two bodies
 * of a run and their hash took 9 µs instead of 7.5 µs.
 */
const SLAB_BYTES = 128 * 1024;

export const createRecordEncoder = <T>(type: Type): RecordEncoder<T> => {
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let used = 0;

  /** Returns the end of the record in the slab; negative: the number of bytes that the slab lacks. */
  const write = (record: T): number => {
    try {
      return type.encode(record, slab, used);
    } catch {
      throw new Failure(
        'fatal',
        'UNENCODABLE_RECORD',
        `encoding ${String(type.name)}: ${faultOf(type, record)}`,
      );
    }
  };

  return (record) => {
    let end = write(record);
    if (end < 0) {
      slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, slab.length - used - end));
      used = 0;
      end = write(record);
    }
    const body = slab.subarray(used, end);
    used = end;
    return body;
  };
};

const faultOf = (type: Type, record: unknown): string => {
  const faults: string[] = [];
  type.isValid(record, {
    errorHook: (path, _value, expected) => {
      faults.push(`${path.join('.')} is not of type ${expected.branchName ?? expected.typeName}`);
    },
  });
  return faults[0] ?? 'it cannot be encoded';
};

import type { Type } from 'avsc';

import { Failure } from '../processor/failure.ts';

/** The Avro body of a record. Throws a fatal `UNENCODABLE_RECORD`, which names the field at fault and not its value. */
export type RecordEncoder<T> = (record: T) => Buffer;

export const createRecordEncoder = <T>(type: Type): RecordEncoder<T> => {
  let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  let used = 0;

  /** Where it ends in the slab; negative: so many bytes are missing there. */
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

/**
 * Bodies are written one behind the other, each once, and live as long as their batch. Written elsewhere first and copied, the two bodies
 * of a run and their hash took 9 µs instead of 7.5.
 */
const SLAB_BYTES = 128 * 1024;

const faultOf = (type: Type, record: unknown): string => {
  const faults: string[] = [];
  type.isValid(record, {
    errorHook: (path, _value, expected) => {
      faults.push(`${path.join('.')} is not of type ${expected.branchName ?? expected.typeName}`);
    },
  });
  return faults[0] ?? 'it cannot be encoded';
};

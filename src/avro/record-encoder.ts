import type { Type } from 'avsc';

import { Failure } from '../processor/failure.ts';

/** The Avro body of a record. Throws a fatal `UNENCODABLE_RECORD`, which names the field at fault and not its value. */
export type RecordEncoder<T> = (record: T) => Buffer;

export const createRecordEncoder = <T>(type: Type): RecordEncoder<T> => {
  let scratch = Buffer.allocUnsafe(INITIAL_BYTES);

  const write = (record: T): number => {
    try {
      return type.encode(record, scratch, 0);
    } catch {
      throw new Failure(
        'fatal',
        'UNENCODABLE_RECORD',
        `encoding ${String(type.name)}: ${faultOf(type, record)}`,
      );
    }
  };

  return (record) => {
    let written = write(record);
    if (written < 0) {
      scratch = Buffer.allocUnsafe(2 * (scratch.length - written));
      written = write(record);
    }
    return Buffer.from(scratch.subarray(0, written));
  };
};

/** Most summaries fit; those of 200 long orders make it grow. */
const INITIAL_BYTES = 16 * 1024;

const faultOf = (type: Type, record: unknown): string => {
  const faults: string[] = [];
  type.isValid(record, {
    errorHook: (path, _value, expected) => {
      faults.push(`${path.join('.')} is not of type ${expected.branchName ?? expected.typeName}`);
    },
  });
  return faults[0] ?? 'it cannot be encoded';
};

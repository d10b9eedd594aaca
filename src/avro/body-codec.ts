import type { EventType, RecordCodec } from '../processor/ports.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { RecordSchemas } from './schema-files.ts';

/** Event bodies in this version's schemas: no registry is needed. */
export const createBodyCodec = (
  schemas: RecordSchemas,
): Pick<RecordCodec, 'encode'> & { readBody(type: EventType, body: Buffer): object } => {
  const encoders = {
    'run.closed': createRecordEncoder(schemas['run.closed'].type),
    'run.summary': createRecordEncoder(schemas['run.summary'].type),
    'run.close.rejected': createRecordEncoder(schemas['run.close.rejected'].type),
  };
  return {
    encode: (type, event) => encoders[type](event as never),
    readBody: (type, body) => schemas[type].type.fromBuffer(body) as object,
  };
};

import type { RunCloseRequested } from '../domain/records.ts';
import type { EventType, RecordCodec } from '../processor/ports.ts';
import { sha256 } from '../processor/sha256.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { RecordSchemas } from './schema-files.ts';

export type BodyCodec = Pick<RecordCodec, 'encode'> & {
  readBody(type: EventType, body: Buffer): object;
  /** Equal for commands that say the same, as this version reads them. */
  hashCommand(command: RunCloseRequested): Buffer;
};

/** Event bodies in this version's schemas: no registry is needed. */
export const createBodyCodec = (schemas: RecordSchemas): BodyCodec => {
  const encodeCommand = createRecordEncoder<RunCloseRequested>(schemas['run.close.requested'].type);
  const encoders = {
    'run.closed': createRecordEncoder(schemas['run.closed'].type),
    'run.summary': createRecordEncoder(schemas['run.summary'].type),
    'run.close.rejected': createRecordEncoder(schemas['run.close.rejected'].type),
  };
  return {
    encode: (type, event) => encoders[type](event),
    hashCommand: (command) => sha256(encodeCommand(command)),
    readBody: (type, body) => schemas[type].type.fromBuffer(body) as object,
  };
};

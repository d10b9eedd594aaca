import type { RunCloseRequested } from '../domain/records.ts';
import { contentOf } from '../processor/content-hash.ts';
import { withMarks } from '../processor/content-marks.ts';
import type { RecordCodec } from '../processor/ports/record-codec.ts';
import { sha256 } from '../processor/sha256.ts';
import type { EventType } from '../wire/event-types.ts';
import { fingerprintOf } from './fingerprint.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { RecordSchemas } from './schema-files.ts';

export type BodyCodec = Pick<RecordCodec, 'encode' | 'fingerprint'> & {
  readBody(type: EventType, body: Buffer): object;
  /** Equal for commands that this version reads as the same content. Cheaper than the stored hash. */
  hashCommand(command: RunCloseRequested): Buffer;
};

/** Encodes and decodes with this version's schemas, so no registry is needed. */
export const createBodyCodec = (schemas: RecordSchemas): BodyCodec => {
  const encodeCommand = createRecordEncoder<RunCloseRequested>(schemas['run.close.requested'].type);
  const encoders = {
    'run.closed': createRecordEncoder(schemas['run.closed'].type),
    'run.summary': createRecordEncoder(schemas['run.summary'].type),
    'run.close.rejected': createRecordEncoder(schemas['run.close.rejected'].type),
  };
  // Computed once, because each is a hash of a whole schema.
  const fingerprints: { readonly [T in EventType]: Buffer } = {
    'run.closed': fingerprintOf(schemas['run.closed'].type),
    'run.summary': fingerprintOf(schemas['run.summary'].type),
    'run.close.rejected': fingerprintOf(schemas['run.close.rejected'].type),
  };
  return {
    fingerprint: (type) => fingerprints[type],
    encode: (type, event) => encoders[type](event),
    hashCommand: (command) => withMarks(sha256(encodeCommand(contentOf(command))), command),
    readBody: (type, body) => schemas[type].type.fromBuffer(body) as object,
  };
};

import type { RunCloseRequested } from '../domain/records.ts';
import type { EventOf, EventType, RecordCodec } from '../processor/ports.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordEncoder } from './record-encoder.ts';
import type { RecordEncoder } from './record-encoder.ts';
import { createRecordReaders } from './record-readers.ts';
import type { RecordSchemas } from './schema-files.ts';
import type { SchemaIds } from './schema-ids.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { frame } from './wire-format.ts';

export type RecordCodecDeps = {
  readonly schemas: RecordSchemas;
  readonly registry: SchemaRegistry;
  readonly schemaIds: SchemaIds;
};

/** The processor's codec: commands in, events out. */
export const createRecordCodec = ({ schemas, registry, schemaIds }: RecordCodecDeps): RecordCodec => {
  const readerType = schemas['run.close.requested'].type;
  const readers = createRecordReaders<RunCloseRequested>({ registry, ownSchemas: schemaIds, readerType });
  const decode = createRecordDecoder(readers);
  const encoders: { readonly [T in EventType]: RecordEncoder<EventOf[T]> } = {
    'run.closed': createRecordEncoder(schemas['run.closed'].type),
    'run.summary': createRecordEncoder(schemas['run.summary'].type),
    'run.close.rejected': createRecordEncoder(schemas['run.close.rejected'].type),
  };

  const fingerprints: { readonly [T in EventType]: Buffer } = {
    'run.closed': schemas['run.closed'].type.fingerprint('sha256'),
    'run.summary': schemas['run.summary'].type.fingerprint('sha256'),
    'run.close.rejected': schemas['run.close.rejected'].type.fingerprint('sha256'),
  };

  return {
    decode: async (values) =>
      (await decode(values)).map((result) =>
        result.kind === 'value' ? { kind: 'command', command: result.value } : result,
      ),
    encode: (type, event) => encoders[type](event),
    framer: async () => {
      const ids = await schemaIds.current();
      return (type, body) => frame(ids[type], body);
    },
    fingerprint: (type) => fingerprints[type],
  };
};

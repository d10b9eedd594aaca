import type { RunCloseRequested } from '../domain/records.ts';
import type { RecordCodec } from '../processor/ports.ts';
import { createBodyCodec } from './body-codec.ts';
import { createRecordDecoder } from './record-decoder.ts';
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
  const { encode, fingerprint } = createBodyCodec(schemas);

  return {
    decode: async (values) =>
      (await decode(values)).map((result) =>
        result.kind === 'value' ? { kind: 'command', command: result.value } : result,
      ),
    encode,
    framer: async () => {
      const ids = await schemaIds.current();
      return (type, body) => frame(ids[type], body);
    },
    fingerprint,
  };
};

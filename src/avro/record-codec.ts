import type { RunCloseRequested } from '../domain/records.ts';
import type { Fingerprints, RecordCodec } from '../processor/ports/record-codec.ts';
import { type EventType, EVENT_TYPES } from '../wire/event-types.ts';
import { frame } from '../wire/frame.ts';
import { createBodyCodec } from './body-codec.ts';
import { createEarlierSchemaIds } from './earlier-schema-ids.ts';
import { createReadEmitted } from './emitted-events.ts';
import { createRecordDecoder } from './record-decoder.ts';
import { createRecordReaders } from './record-readers.ts';
import type { RecordSchemas } from './schema-files.ts';
import type { SchemaIds } from './schema-ids.ts';
import type { SchemaRegistry } from './schema-registry.ts';
import { fetchWriterSchema } from './writer-schema.ts';

export type RecordCodecDeps = {
  readonly schemas: RecordSchemas;
  readonly registry: SchemaRegistry;
  readonly schemaIds: SchemaIds;
  readonly topicPrefix: string;
};

/** The processor's codec: decodes commands and encodes events. */
export const createRecordCodec = ({
  schemas,
  registry,
  schemaIds,
  topicPrefix,
}: RecordCodecDeps): RecordCodec => {
  const readerType = schemas['run.close.requested'].type;
  const readers = createRecordReaders<RunCloseRequested>({ registry, ownSchemas: schemaIds, readerType });
  const decode = createRecordDecoder(readers);
  const { encode, fingerprint } = createBodyCodec(schemas);
  const earlier = createEarlierSchemaIds(registry, topicPrefix);

  const earlierIds = async (stored: readonly Fingerprints[]): Promise<ReadonlyMap<string, number>> => {
    const ids = new Map<string, number>();
    for (const writtenWith of stored) {
      for (const type of EVENT_TYPES) {
        const writer = writtenWith[type];
        if (writer === undefined || writer.equals(fingerprint(type)) || ids.has(keyOf(type, writer)))
          continue;
        ids.set(keyOf(type, writer), await earlier.idOf(type, writer));
      }
    }
    return ids;
  };

  return {
    decode: async (values) =>
      (await decode(values)).map((result) =>
        result.kind === 'value' ? { kind: 'command', command: result.value } : result,
      ),
    encode,
    framer: async (stored = []) => {
      const [ids, others] = await Promise.all([schemaIds.current(), earlierIds(stored)]);
      return (type, body, writtenWith) =>
        frame((writtenWith && others.get(keyOf(type, writtenWith))) ?? ids[type], body);
    },
    fingerprint,
    readEmitted: (type, events) => {
      // Create this for each call: if a registry has lost its data, an id may now belong to another schema.
      const read = createReadEmitted(schemas, (id) => fetchWriterSchema(registry, id));
      return Promise.all(events.map((event) => read(type, event)));
    },
  };
};

const keyOf = (type: EventType, fingerprint: Buffer): string => `${type} ${fingerprint.toString('hex')}`;

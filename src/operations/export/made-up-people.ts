import { createBodyCodec } from '../../avro/body-codec.ts';
import { createRecordEncoder } from '../../avro/record-encoder.ts';
import { loadSchemas, RECORD_TOPICS, type RecordTopic } from '../../avro/schema-files.ts';
import type { WriterSchema } from '../../avro/writer-schema.ts';
import type { RunCloseRequested } from '../../domain/records.ts';
import { deadLetter } from '../../kafka/records/dead-letters.ts';
import type { History } from '../../replay/history.ts';
import type { ClaimIndex } from '../../replay/ports.ts';
import { pseudonymisedHistory } from '../../replay/pseudonymised-history.ts';
import { frame } from '../../wire/frame.ts';

export type MadeUpDeps = {
  readonly key: Buffer;
  readonly claims: ClaimIndex;
  readonly events: 'with-events' | 'commands-only';
};

export type MadeUp = {
  readonly history: History;
  writerSchema(id: number): Promise<WriterSchema | null>;
  leftOut(): number;
};

/**
 * Replaces the people of a history with made-up ones. Writes this version's schemas, with schema ids of the file's own, not a registry's.
 */
export const withMadeUpPeople = (real: History, { key, claims, events }: MadeUpDeps): MadeUp => {
  const schemas = loadSchemas();
  const encode = createRecordEncoder<RunCloseRequested>(schemas['run.close.requested'].type);
  let leftOut = 0;
  return {
    history: pseudonymisedHistory(real, {
      key,
      claims,
      events,
      codec: createBodyCodec(schemas),
      encodeCommand: (command) => frame(idOf('run.close.requested'), encode(command)),
      frame: (type, body) => frame(idOf(type), body),
      deadLetter,
      onLeftOut: (records) => (leftOut += records),
    }),
    writerSchema: (id) => {
      const topic = RECORD_TOPICS[id - 1];
      return Promise.resolve(
        topic === undefined ? null : { kind: 'AVRO', json: schemas[topic].json, references: [] },
      );
    },
    leftOut: () => leftOut,
  };
};

const idOf = (topic: RecordTopic): number => RECORD_TOPICS.indexOf(topic) + 1;

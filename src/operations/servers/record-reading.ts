import { createRecordDecoders, type RecordDecoders } from '../../avro/record-decoders.ts';
import { RECORD_TOPICS, type RecordOf, type RecordTopic } from '../../avro/schema-files.ts';
import { createSchemaIds } from '../../avro/schema-ids.ts';
import type { Poison } from '../../processor/ports/record-codec.ts';
import type { Registry } from './servers.ts';

/** The decoded value of a record of one of RunClose's topics, or the reason why it cannot be decoded. */
export type Reading =
  | { readonly [T in RecordTopic]: { readonly kind: T; readonly value: RecordOf[T] } }[RecordTopic]
  | { readonly kind: 'undecodable'; readonly poison: Poison };

/** What the records of a topic are. Dead letters are the original records that could not be decoded. */
export type RecordKind = RecordTopic | 'dead-letters';

export type ReadValue = (kind: RecordKind, value: Buffer | null) => Promise<Reading>;

/** Decodes the records of every topic, written with any version of their schemas. */
export const createDecoders = ({ registry, schemas, topicPrefix }: Registry): RecordDecoders =>
  createRecordDecoders({
    registry,
    schemas,
    ownSchemas: createSchemaIds({ registry, schemas, topicPrefix, topics: RECORD_TOPICS }),
  });

export const createReadValue = (registry: Registry): ReadValue => {
  const decoders = createDecoders(registry);
  return async (kind, value) => {
    const [result] = kind === 'dead-letters' ? [] : await decoders[kind]([value]);
    if (result === undefined) return DEAD_LETTER;
    return result.kind === 'poison'
      ? { kind: 'undecodable', poison: result.poison }
      : ({ kind, value: result.value } as Reading);
  };
};

const DEAD_LETTER: Reading = {
  kind: 'undecodable',
  poison: { code: 'DEAD_LETTER', message: 'no command' },
};

import { createRecordDecoder } from '../../avro/record-decoder.ts';
import { createRecordReaders } from '../../avro/record-readers.ts';
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

export const createReadValue = ({ registry, schemas, topicPrefix }: Registry): ReadValue => {
  const ownSchemas = createSchemaIds({ registry, schemas, topicPrefix, topics: RECORD_TOPICS });

  const readerOf = (kind: RecordTopic): ((value: Buffer | null) => Promise<Reading>) => {
    const readers = createRecordReaders({ registry, ownSchemas, readerType: schemas[kind].type });
    const decode = createRecordDecoder(readers);
    return async (value) => {
      const [result] = await decode([value]);
      if (result === undefined) return DEAD_LETTER;
      return result.kind === 'poison'
        ? { kind: 'undecodable', poison: result.poison }
        : ({ kind, value: result.value } as Reading);
    };
  };

  const read = {
    'run.close.requested': readerOf('run.close.requested'),
    'run.closed': readerOf('run.closed'),
    'run.summary': readerOf('run.summary'),
    'run.close.rejected': readerOf('run.close.rejected'),
    'dead-letters': () => Promise.resolve(DEAD_LETTER),
  };
  return (kind, value) => read[kind](value);
};

const DEAD_LETTER: Reading = {
  kind: 'undecodable',
  poison: { code: 'DEAD_LETTER', message: 'no command' },
};

import { createRecordDecoder, type RecordDecoder } from './record-decoder.ts';
import { createRecordReaders, type RecordReadersDeps } from './record-readers.ts';
import type { RecordOf, RecordSchemas, RecordTopic } from './schema-files.ts';

/** A decoder for the records of each topic, written with any version of its schema. */
export type RecordDecoders = { readonly [T in RecordTopic]: RecordDecoder<RecordOf[T]> };

export type RecordDecodersDeps = Omit<RecordReadersDeps, 'readerType'> & { readonly schemas: RecordSchemas };

export const createRecordDecoders = ({
  schemas,
  registry,
  ownSchemas,
}: RecordDecodersDeps): RecordDecoders => {
  const decoderOf = <T extends RecordTopic>(topic: T): RecordDecoder<RecordOf[T]> =>
    createRecordDecoder(
      createRecordReaders<RecordOf[T]>({ registry, ownSchemas, readerType: schemas[topic].type }),
    );
  return {
    'run.close.requested': decoderOf('run.close.requested'),
    'run.closed': decoderOf('run.closed'),
    'run.summary': decoderOf('run.summary'),
    'run.close.rejected': decoderOf('run.close.rejected'),
  };
};

import type { Patch } from './patch.ts';

type Decoder = {
  readInt32(): number;
  readBytes(size: number): Buffer;
  canReadBytes(size: number): boolean;
};

export type MessageDecoders = {
  readonly Decoder: new (buffer: Buffer) => Decoder;
  readonly decodeRecordBatch: (decoder: Decoder) => Promise<{ readonly records: readonly unknown[] }>;
  /** Of the format before version 2. */
  readonly decodeMessageSet: (decoder: Decoder, size: number) => Promise<readonly unknown[]>;
};

const MAGIC_AT = 16;
const RECORD_BATCH_MAGIC = 2;
const RECORD_BATCH_OVERHEAD = 49;

/**
 * kafkajs passes all records of a batch as arguments of one call, which overflows the stack at some 125,000 of them; compressed,
 * far more fit below `max.message.bytes`. The `RangeError` ends the consumer for good.
 */
export const largeBatches = (decoders: () => MessageDecoders): Patch => ({
  module: 'protocol/requests/fetch/v4/decodeMessages.js',
  apply: () => createDecodeMessages(decoders()),
});

const createDecodeMessages =
  ({ Decoder, decodeRecordBatch, decodeMessageSet }: MessageDecoders) =>
  async (response: Decoder): Promise<readonly unknown[]> => {
    const size = response.readInt32();
    if (size <= 0 || !response.canReadBytes(size)) return [];
    const bytes = response.readBytes(size);
    const decoder = new Decoder(bytes);
    if (bytes[MAGIC_AT] !== RECORD_BATCH_MAGIC) return decodeMessageSet(decoder, size);
    const records: unknown[] = [];
    while (decoder.canReadBytes(RECORD_BATCH_OVERHEAD)) {
      try {
        for (const record of (await decodeRecordBatch(decoder)).records) records.push(record);
      } catch (thrown) {
        // The answer's size is limited, and so its last batch may be cut: it comes again, whole, with the next fetch.
        if (thrown instanceof Error && thrown.name === 'KafkaJSPartialMessageError') break;
        throw thrown;
      }
    }
    return records;
  };

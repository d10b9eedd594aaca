import type { Patch } from './patch.ts';

type Decoder = {
  readInt32(): number;
  readBytes(size: number): Buffer;
  canReadBytes(size: number): boolean;
};

export type MessageDecoders = {
  readonly Decoder: new (buffer: Buffer) => Decoder;
  readonly decodeRecordBatch: (
    decoder: Decoder,
  ) => Promise<{ readonly records: readonly unknown[]; readonly bytes: number }>;
  /** Of the format before version 2. */
  readonly decodeMessageSet: (decoder: Decoder, size: number) => Promise<readonly unknown[]>;
};

const MAGIC_AT = 16;
const RECORD_BATCH_MAGIC = 2;
const RECORD_BATCH_OVERHEAD = 49;

/** Decompressed bytes, of one partition and of all partitions in one answer. The remaining batches are fetched again later. */
const ENOUGH_OF_A_PARTITION = 16 * 1024 * 1024;
const ENOUGH_OF_AN_ANSWER = 64 * 1024 * 1024;

/**
 * kafkajs passes all records of a batch as arguments of one call, which overflows the stack at some 125,000 of them; compressed,
 * far more fit below `max.message.bytes`. The `RangeError` ends the consumer for good. It also decompresses all batches of an answer,
 * however much memory that takes; this decoder stops when it has enough.
 */
export const largeBatches = (decoders: () => MessageDecoders): Patch => ({
  module: 'protocol/requests/fetch/v4/decodeMessages.js',
  apply: () => createDecodeMessages(decoders()),
});

const createDecodeMessages = ({ Decoder, decodeRecordBatch, decodeMessageSet }: MessageDecoders) => {
  /** Of each answer, whose partitions are decoded one after another. */
  const decompressed = new WeakMap<Decoder, number>();

  return async (response: Decoder): Promise<readonly unknown[]> => {
    const size = response.readInt32();
    if (size <= 0 || !response.canReadBytes(size)) return [];
    const bytes = response.readBytes(size);
    const before = decompressed.get(response) ?? 0;
    if (before >= ENOUGH_OF_AN_ANSWER) return [];
    let own = 0;
    const decoder = new Decoder(bytes);
    if (bytes[MAGIC_AT] !== RECORD_BATCH_MAGIC) return decodeMessageSet(decoder, size);
    const records: unknown[] = [];
    while (own < ENOUGH_OF_A_PARTITION && decoder.canReadBytes(RECORD_BATCH_OVERHEAD)) {
      try {
        const batch = await decodeRecordBatch(decoder);
        for (const record of batch.records) records.push(record);
        own += batch.bytes;
        decompressed.set(response, before + own);
      } catch (thrown) {
        // The answer's size is limited, and so its last batch may be cut: it comes again, whole, with the next fetch.
        if (thrown instanceof Error && thrown.name === 'KafkaJSPartialMessageError') break;
        throw thrown;
      }
    }
    return records;
  };
};

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
  /** Decodes the format before version 2. */
  readonly decodeMessageSet: (decoder: Decoder, size: number) => Promise<readonly unknown[]>;
};

const MAGIC_AT = 16;
const RECORD_BATCH_MAGIC = 2;
const RECORD_BATCH_OVERHEAD = 49;

/** Limits of decompressed bytes: for one partition, and for all partitions in one answer. The remaining batches are fetched again later. */
const ENOUGH_OF_A_PARTITION = 16 * 1024 * 1024;
const ENOUGH_OF_AN_ANSWER = 64 * 1024 * 1024;

/**
 * kafkajs passes all records of a batch as arguments of one call, which overflows the stack at about 125,000 records. Compressed, far more
 * records fit below `max.message.bytes`. The `RangeError` ends the consumer for good. kafkajs also decompresses all batches of an answer,
 * however much memory they take; this decoder stops at a limit.
 */
export const largeBatches = (decoders: () => MessageDecoders): Patch => ({
  module: 'protocol/requests/fetch/v4/decodeMessages.js',
  apply: () => createDecodeMessages(decoders()),
});

const createDecodeMessages = ({ Decoder, decodeRecordBatch, decodeMessageSet }: MessageDecoders) => {
  /** The decompressed bytes of each answer so far. The partitions of an answer are decoded one after another. */
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
        // The size of an answer is limited, so its last batch may be cut off. The next fetch brings the whole batch.
        if (thrown instanceof Error && thrown.name === 'KafkaJSPartialMessageError') break;
        throw thrown;
      }
    }
    return records;
  };
};

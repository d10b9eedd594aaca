import {
  createByteWriter,
  skip,
  writtenBytes,
  writeInt16,
  writeInt32,
  writeString,
  type ByteWriter,
} from '../protocol/byte-writer.ts';
import {
  timesOf,
  writeBatch,
  writeRecords,
  type BatchTimes,
  type WritableRecord,
} from '../protocol/record-batch.ts';
import type { Patch } from './patch.ts';

type Codec = { compress(encoder: { readonly buffer: Buffer }): Promise<Buffer> };

export type ProduceParts = {
  /** Null: not compressed. */
  readonly codecOf: (compression: number) => Codec | null;
};

type Partition = {
  readonly partition: number;
  readonly firstSequence?: number;
  readonly messages: readonly WritableRecord[];
};

type ProduceRequest = {
  readonly transactionalId?: string | null;
  readonly acks: number;
  readonly timeout: number;
  readonly producerId?: { toString(): string } | number;
  readonly producerEpoch?: number;
  readonly compression?: number;
  readonly topicData: readonly { readonly topic: string; readonly partitions: readonly Partition[] }[];
};

/**
 * A header whose value is null makes kafkajs's encoder throw a `TypeError`, and headers can only be given as an object, which has no order.
 * This encoder also writes lists, byte for byte as they were read. For any record that kafkajs can write, it writes the same bytes as
 * kafkajs.
 *
 * kafkajs also copies each record from buffer to buffer, six times in all, and fills each buffer with zeros first. One pass into one buffer
 * takes 9 µs of CPU a command instead of 31 (measured side by side, checksum and frame included).
 */
export const produceRequests = (parts: () => ProduceParts): Patch => ({
  module: 'protocol/requests/produce/v3/request.js',
  apply: () => createProduceRequest(parts()),
});

const PRODUCE = { apiKey: 0, apiVersion: 3, apiName: 'Produce' };
const NO_COMPRESSION = 0;

/** The writer keeps its memory between requests up to this size, so that a usual request finds its pages in place. */
const KEPT_BYTES = 2 * 1024 * 1024;

const createProduceRequest = ({ codecOf }: ProduceParts) => {
  let shared = createByteWriter();

  /**
   * Nothing may be awaited in `write`: the next request uses the same memory.
   * @param room bytes to leave free at the beginning, for the header of request-frames.ts
   */
  const encodedAtOnce = (write: (writer: ByteWriter) => void, room = 0): Buffer => {
    shared.at = 0;
    skip(shared, room);
    write(shared);
    const bytes = Buffer.from(writtenBytes(shared));
    if (shared.bytes.length > KEPT_BYTES) shared = createByteWriter();
    return bytes;
  };

  return (request: ProduceRequest) => ({
    ...PRODUCE,
    expectResponse: () => request.acks !== 0,
    encode: async (room = 0) => {
      const { compression = NO_COMPRESSION, topicData } = request;
      const now = Date.now();
      const batches = new Map<Partition, Batch>();
      for (const { partitions } of topicData) {
        for (const partition of partitions) {
          const times = timesOf(partition.messages, now);
          const codec = compression === NO_COMPRESSION ? null : codecOf(compression);
          if (codec === null) {
            batches.set(partition, { times, compressed: undefined });
          } else {
            const buffer = encodedAtOnce((writer) => {
              writeRecords(writer, partition.messages, times);
            });
            batches.set(partition, { times, compressed: await codec.compress({ buffer }) });
          }
        }
      }
      const buffer = encodedAtOnce((writer) => {
        writeRequest(writer, request, batches);
      }, room);
      return { buffer, room };
    },
  });
};

type Batch = { readonly times: BatchTimes; readonly compressed: Buffer | undefined };

const writeRequest = (
  writer: ByteWriter,
  {
    transactionalId = null,
    acks,
    timeout,
    producerId = -1,
    producerEpoch = 0,
    compression = 0,
    topicData,
  }: ProduceRequest,
  batches: ReadonlyMap<Partition, Batch>,
): void => {
  const facts = {
    producerId: BigInt(producerId.toString()),
    producerEpoch,
    isTransactional: transactionalId !== null && transactionalId !== '',
    compression,
  };
  writeString(writer, transactionalId);
  writeInt16(writer, acks);
  writeInt32(writer, timeout);
  writeInt32(writer, topicData.length);
  for (const { topic, partitions } of topicData) {
    writeString(writer, topic);
    writeInt32(writer, partitions.length);
    for (const partition of partitions) {
      const batch = batches.get(partition);
      if (batch === undefined) continue;
      const { firstSequence = 0, messages } = partition;
      writeInt32(writer, partition.partition);
      const size = skip(writer, 4);
      writeBatch(writer, { ...facts, firstSequence }, messages, batch.times, batch.compressed);
      writer.bytes.writeInt32BE(writer.at - size - 4, size);
    }
  }
};

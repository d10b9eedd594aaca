import type { ProducerRecord } from 'kafkajs';
import { CompressionTypes } from '../patches/kafkajs.ts';

/** The records of one produce request, all for one topic. */
export type OutputRequest = Pick<ProducerRecord, 'topic' | 'messages' | 'compression'>;

/**
 * For records that may have arrived compressed: uncompressed, they may exceed the topic's limit. Small batches stay uncompressed, because
 * compressing is not worth the time and clients without gzip can read the batches.
 */
export const compressed = (request: OutputRequest): OutputRequest => ({
  ...request,
  compression: CompressionTypes.GZIP,
});

import type { ProducerBatch, TopicMessages } from 'kafkajs';
import { CompressionTypes } from '../patches/kafkajs.ts';

/** One produce request. Each entry holds the records for one partition of one topic, and no two entries are for the same partition. */
export type OutputRequest = Pick<ProducerBatch, 'compression'> & { readonly topicMessages: TopicMessages[] };

/**
 * For records that may have arrived compressed: uncompressed, they may exceed the topic's limit. Small batches stay uncompressed, because
 * compressing is not worth the time and clients without gzip can read the batches.
 */
export const withCompression = (request: OutputRequest): OutputRequest => ({
  ...request,
  compression: CompressionTypes.GZIP,
});

import type { ProducerRecord } from 'kafkajs';
import { CompressionTypes } from '../kafkajs.ts';

/** What is sent at once to one topic. */
export type OutputRequest = Pick<ProducerRecord, 'topic' | 'messages' | 'compression'>;

/**
 * A record that came compressed may exceed the topic's limit if it is written uncompressed. Small batches are not compressed: that is not
 * worth the time, and clients that lack gzip can read them.
 */
export const compressed = (request: OutputRequest): OutputRequest => ({
  ...request,
  compression: CompressionTypes.GZIP,
});

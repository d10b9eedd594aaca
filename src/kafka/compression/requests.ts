import type { ProducerRecord } from 'kafkajs';
import { CompressionTypes } from '../kafkajs.ts';

/** What is sent at once to one topic. */
export type OutputRequest = Pick<ProducerRecord, 'topic' | 'messages' | 'compression'>;

/**
 * Anything that came compressed may be larger than a topic allows once it is not. Small batches are not worth the time, and nobody
 * whose client lacks the codec needs it for them.
 */
export const compressed = (request: OutputRequest): OutputRequest => ({
  ...request,
  compression: CompressionTypes.GZIP,
});

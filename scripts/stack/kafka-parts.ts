import { join } from 'node:path';
import { root } from './folders.ts';

/** Where settings that belong to Kafka itself stand. */
export const kafkaParts = join(root, 'scripts/stack/kafka-parts');

import { join } from 'node:path';
import { root } from './folders.ts';

/** The folder of the settings that belong to Kafka itself. */
export const kafkaParts = join(root, 'scripts/stack/kafka-parts');

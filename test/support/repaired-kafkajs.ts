import { createRequire } from 'node:module';
import '../../src/kafka/kafkajs.ts';

const require = createRequire(import.meta.url);

/** A module of kafkajs as this process runs it: repaired. */
export const repaired = (module: string): unknown => require(`kafkajs/src/${module}`);

import { createRequire } from 'node:module';
import '../../src/kafka/patches/kafkajs.ts';

const require = createRequire(import.meta.url);

/** A patched module of kafkajs, as this process runs it. */
export const repaired = (module: string): unknown => require(`kafkajs/src/${module}`);

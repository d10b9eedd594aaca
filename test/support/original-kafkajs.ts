import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** An unpatched module of kafkajs, for comparison. The modules that it uses are the repaired ones, if a patch repairs them. */
export const originalKafkajs = (module: string): unknown => {
  const path = require.resolve(`kafkajs/src/${module}`);
  const kept = require.cache[path];
  Reflect.deleteProperty(require.cache, path);
  const original: unknown = require(path);
  require.cache[path] = kept;
  return original;
};

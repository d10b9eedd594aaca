import type { SchemaRegistry } from '../../avro/schema-registry.ts';
import { failureOf } from '../../processor/failure.ts';
import type { ServerWatch } from './server-watch.ts';

/** Wraps the registry, so that the watch learns from each request for schema ids whether the registry answers. */
export const watchedRegistry = (registry: SchemaRegistry, watch: ServerWatch): SchemaRegistry => ({
  ...registry,
  schemaId: async (subject, schema) => {
    try {
      const id = await registry.schemaId(subject, schema);
      watch.answered();
      return id;
    } catch (error) {
      watch.failed(failureOf(error));
      throw error;
    }
  },
});

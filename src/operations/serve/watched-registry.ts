import type { SchemaRegistry } from '../../avro/schema-registry.ts';
import type { Tracing } from '../../observability/tracing/tracing-settings.ts';
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

/** Wraps the registry, so that traces show the requests that a batch waits for. */
export const tracedRegistry = (
  registry: SchemaRegistry,
  { request }: Pick<Tracing, 'request'>,
): SchemaRegistry => ({
  ...registry,
  schema: (id) => request('schema', () => registry.schema(id)),
  schemaId: (subject, schema) => request('schema id', () => registry.schemaId(subject, schema)),
});

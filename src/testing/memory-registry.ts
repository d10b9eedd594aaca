import { registryUnavailable } from '../avro/registry-failures.ts';
import { RECORD_TOPICS, subjectOf, type RecordSchemas } from '../avro/schema-files.ts';
import type { SchemaRegistry } from '../avro/schema-registry.ts';
import type { MemoryServers } from './memory-servers.ts';

/** A registry with the schemas of this package: ids 1 to 4, one version each. */
export const createMemoryRegistry = (schemas: RecordSchemas, servers: MemoryServers): SchemaRegistry => {
  const registered = RECORD_TOPICS.map((topic, index) => ({
    subject: subjectOf('', topic),
    id: index + 1,
    schema: schemas[topic].json,
  }));

  const answer = async <T>(value: T): Promise<T> => {
    if (servers.isAway('registry')) throw registryUnavailable('asking', 'the test has taken it away');
    return value;
  };
  const isKnown = (subject: string): boolean => registered.some((it) => it.subject === subject);

  return {
    schema: (id) => answer(registered.find((it) => it.id === id) ?? null),
    version: async (subject) => {
      const found = await answer(registered.find((it) => it.subject === subject));
      if (found === undefined) throw registryUnavailable('asking', `it does not know ${subject}`);
      return found;
    },
    schemaId: (subject, schema) =>
      answer(registered.find((it) => it.subject === subject && it.schema === schema)?.id ?? null),
    versions: (subject) => answer(isKnown(subject) ? [1] : null),
    compatibility: (subject) => answer(isKnown(subject) ? 'FULL_TRANSITIVE' : null),
    setCompatibility: () => answer(undefined),
  };
};

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

  const answer = async <T>(doing: string, value: T): Promise<T> => {
    if (servers.isAway('registry')) throw registryUnavailable(doing, 'the test has taken it away');
    return value;
  };
  const isKnown = (subject: string): boolean => registered.some((it) => it.subject === subject);

  return {
    schema: (id) =>
      answer(`asking for schema id ${String(id)}`, registered.find((it) => it.id === id) ?? null),
    version: async (subject, version) => {
      const doing = `asking for version ${String(version)} of ${subject}`;
      const found = await answer(
        doing,
        registered.find((it) => it.subject === subject),
      );
      if (found === undefined) throw registryUnavailable(doing, `it does not know ${subject}`);
      return found;
    },
    schemaId: (subject, schema) =>
      answer(
        `asking for the id of the schema of ${subject}`,
        registered.find((it) => it.subject === subject && it.schema === schema)?.id ?? null,
      ),
    versions: (subject) => answer(`asking for the versions of ${subject}`, isKnown(subject) ? [1] : null),
    compatibility: (subject) =>
      answer(`asking for the compatibility level of ${subject}`, isKnown(subject) ? 'FULL_TRANSITIVE' : null),
    setCompatibility: (subject, level) =>
      answer(`setting the compatibility level of ${subject} to ${level}`, undefined),
  };
};

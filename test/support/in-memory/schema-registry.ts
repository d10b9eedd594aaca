import type { RegisteredSchema } from '../../../src/avro/registered-schema.ts';
import { registryUnavailable } from '../../../src/avro/registry-failures.ts';
import type { SchemaRegistry } from '../../../src/avro/schema-registry.ts';

/** A registry that can be unreachable, lose its data, or hang. */
export interface InMemorySchemaRegistry extends SchemaRegistry {
  /** Registers a schema under a subject; the next id, unless one is given. */
  put(subject: string, schema: string, more?: Partial<RegisteredSchema> & { readonly id?: number }): number;
  /** Forgets everything; the next ids start from `nextId`. */
  forget(nextId: number): void;
  state: 'answering' | 'away' | 'hanging';
  /** Every request so far, by function. */
  readonly requests: Readonly<Record<'schema' | 'schemaId', number>>;
}

export const createInMemorySchemaRegistry = (): InMemorySchemaRegistry => {
  const byId = new Map<number, RegisteredSchema>();
  const subjects = new Map<string, { id: number; registered: RegisteredSchema }[]>();
  const levels = new Map<string, string>();
  const requests = { schema: 0, schemaId: 0 };
  let nextId = 1;

  const answer = async <T>(work: () => T): Promise<T> => {
    if (registry.state === 'away') throw registryUnavailable('asking', 'connect ECONNREFUSED');
    if (registry.state === 'hanging') await new Promise(() => undefined);
    return work();
  };

  const registry: InMemorySchemaRegistry = {
    state: 'answering',
    requests,
    put: (subject, schema, { id = nextId, ...more } = {}) => {
      const registered = { schema, ...more };
      nextId = Math.max(nextId, id + 1);
      byId.set(id, registered);
      subjects.set(subject, [...(subjects.get(subject) ?? []), { id, registered }]);
      return id;
    },
    forget: (id) => {
      byId.clear();
      subjects.clear();
      nextId = id;
    },
    schema: (id) => {
      requests.schema++;
      return answer(() => byId.get(id) ?? null);
    },
    version: (subject, version) =>
      answer(() => {
        const schema = subjects.get(subject)?.[version - 1];
        if (schema === undefined) throw registryUnavailable('asking', 'the answer is 404');
        return { ...schema.registered, id: schema.id };
      }),
    schemaId: (subject, schema) => {
      requests.schemaId++;
      return answer(
        () => subjects.get(subject)?.find(({ registered }) => registered.schema === schema)?.id ?? null,
      );
    },
    versions: (subject) => answer(() => subjects.get(subject)?.map((_, index) => index + 1) ?? null),
    compatibility: (subject) => answer(() => levels.get(subject) ?? null),
    setCompatibility: (subject, level) => answer(() => void levels.set(subject, level)),
  };
  return registry;
};

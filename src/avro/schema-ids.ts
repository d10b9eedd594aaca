/**
 * The registry's current ids of the schemas that this program writes. A registry that lost its data may come back with other ids, so the
 * ids are looked up again every few seconds while they are in use. While the registry is down or slow, the last known ids are used. If the
 * registry answers that it does not know a schema, nothing is written until it does.
 */
import { Failure } from '../processor/failure.ts';
import { type RecordSchemas, type RecordTopic, subjectOf } from './schema-files.ts';
import type { SchemaRegistry } from './schema-registry.ts';

export interface SchemaIds<T extends RecordTopic = RecordTopic> {
  /** Transient failure `SCHEMA_NOT_REGISTERED` or `REGISTRY_UNAVAILABLE` while one of the ids is not known. */
  current(): Promise<Readonly<Record<T, number>>>;
  /** Asks the registry now. Returns the subjects without the schema that this program writes. */
  missing(): Promise<readonly string[]>;
}

export type SchemaIdsDeps<T extends RecordTopic> = {
  readonly registry: SchemaRegistry;
  readonly schemas: RecordSchemas;
  readonly topicPrefix: string;
  readonly topics: readonly T[];
};

/** Ids older than this are looked up again, but callers wait at most `PATIENCE_MS` for the answer. */
const FRESH_MS = 5_000;
const PATIENCE_MS = 250;

export const createSchemaIds = <T extends RecordTopic>(deps: SchemaIdsDeps<T>): SchemaIds<T> => {
  const { registry, schemas, topicPrefix, topics } = deps;
  let known: Readonly<Record<T, number>> | undefined;
  let askedAt = -Infinity;
  let asking: Promise<Readonly<Record<T, number>>> | undefined;

  const lookUp = () =>
    Promise.all(
      topics.map(async (topic) => {
        const subject = subjectOf(topicPrefix, topic);
        return { topic, subject, id: await registry.schemaId(subject, schemas[topic].json) };
      }),
    );

  const refresh = async (): Promise<Readonly<Record<T, number>>> => {
    const subjects = await lookUp();
    const missing = subjects.filter(({ id }) => id === null).map(({ subject }) => subject);
    known = undefined;
    if (missing.length > 0) throw notRegistered(missing);
    known = Object.fromEntries(subjects.map(({ topic, id }) => [topic, id])) as Record<T, number>;
    return known;
  };

  /** Callers at the same time share one refresh. */
  const ask = () => {
    askedAt = performance.now();
    asking ??= refresh().finally(() => {
      asking = undefined;
    });
    return asking;
  };

  return {
    current: async () => {
      if (known === undefined) return ask();
      if (performance.now() - askedAt < FRESH_MS) return known;
      const last = known;
      return Promise.race([ask().catch(orLastKnown(last)), delayed(PATIENCE_MS, last)]);
    },
    missing: async () => (await lookUp()).filter(({ id }) => id === null).map(({ subject }) => subject),
  };
};

export const notRegistered = (subjects: readonly string[]): Failure =>
  new Failure(
    'transient',
    'SCHEMA_NOT_REGISTERED',
    `the schema registry lacks the schema in use for ${subjects.join(', ')}: check TOPIC_PREFIX, or run \`runclose setup\``,
  );

const orLastKnown =
  <T>(last: T) =>
  (error: unknown): T => {
    if (error instanceof Failure && error.code === 'REGISTRY_UNAVAILABLE') return last;
    throw error;
  };

const delayed = <T>(ms: number, value: T): Promise<T> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms, value).unref();
  });

import { RECORD_TOPICS, subjectOf } from './schema-files.ts';
import type { RecordSchemas, RecordTopic } from './schema-files.ts';
import type { SchemaRegistry } from './schema-registry.ts';

/** What the registry has for one of our subjects, beside what it should have. */
export type SubjectState = {
  readonly topic: RecordTopic;
  readonly subject: string;
  /** Of the schema in use; null: it is not registered. */
  readonly schemaId: number | null;
  /** Null: the subject has no level of its own, or does not exist. It should be `FULL_TRANSITIVE`. */
  readonly compatibility: string | null;
};

export type InspectSubjectsDeps = {
  readonly registry: SchemaRegistry;
  readonly schemas: RecordSchemas;
  readonly topicPrefix: string;
};

export const inspectSubjects = (deps: InspectSubjectsDeps): Promise<readonly SubjectState[]> =>
  Promise.all(
    RECORD_TOPICS.map(async (topic) => {
      const subject = subjectOf(deps.topicPrefix, topic);
      const [schemaId, compatibility] = await Promise.all([
        deps.registry.schemaId(subject, deps.schemas[topic].json),
        deps.registry.compatibility(subject),
      ]);
      return { topic, subject, schemaId, compatibility };
    }),
  );

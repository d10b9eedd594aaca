import { registerSchemas } from '../../src/avro/register-schemas.ts';
import { loadSchemas } from '../../src/avro/schema-files.ts';
import { createSchemaRegistry } from '../../src/avro/schema-registry.ts';
import type { KafkaSettings } from '../../src/kafka/client/client.ts';
import { deleteSubjects, registrySettings } from './registry.ts';
import { createTestTopics, kafkaBrokers, type TestTopics } from './topics.ts';

/** Topics of one test with registered schemas, and the sdk's settings for them. */
export type RunTopics = TestTopics & {
  readonly kafka: KafkaSettings;
  readonly registry: { readonly url: string };
  readonly topicPrefix: string;
};

export const createRunTopics = async (partitions = 1): Promise<RunTopics> => {
  const topics = await createTestTopics(partitions);
  const topicPrefix = topics.names.closed.slice(0, -'run.closed'.length);
  const settings = registrySettings();
  const registry = createSchemaRegistry(settings);
  await registerSchemas({ settings, registry, schemas: loadSchemas(), topicPrefix });
  return {
    ...topics,
    kafka: { brokers: kafkaBrokers(), clientId: 'runclose-test' },
    registry: settings,
    topicPrefix,
    remove: async () => {
      await topics.remove();
      await deleteSubjects(topicPrefix);
    },
  };
};

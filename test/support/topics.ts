import { randomUUID } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { createKafka, type KafkaClient } from '../../src/kafka/client/client.ts';
import { type TopicNames, topicNames } from '../../src/kafka/names/topic-names.ts';
import { ConfigResourceTypes } from '../../src/kafka/patches/kafkajs.ts';
import { setUpTopics } from '../../src/kafka/topics/topics.ts';
import { until } from './condition.ts';

/** The brokers of the environment. */
export const kafkaBrokers = (): string[] => {
  const brokers = process.env['KAFKA_BROKERS'];
  if (brokers === undefined)
    throw new Error('KAFKA_BROKERS is not set: start the stack with `npm run stack -- up`');
  return brokers.split(',');
};

export const testKafka = (brokers: readonly string[] = kafkaBrokers()): KafkaClient =>
  createKafka({ brokers, clientId: 'runclose-test' });

export type TestTopics = {
  readonly client: KafkaClient;
  readonly names: TopicNames;
  /** A consumer group of its own, which need not exist. */
  readonly groupId: string;
  /** Deletes the topics and the group. */
  remove(): Promise<void>;
};

/** Deletes the topics and waits until the broker no longer lists them: it answers a deletion before its own metadata follows. */
export const deleteTopics = async (admin: Admin, topics: readonly string[]): Promise<void> => {
  await admin.deleteTopics({ topics: [...topics] });
  await until('the topics are gone', async () => {
    const remaining = await admin.listTopics();
    return topics.every((topic) => !remaining.includes(topic));
  });
};

/** Replaces the topic's own settings by these. */
export const configureTopic = async (
  admin: Admin,
  topic: string,
  settings: Readonly<Record<string, string>>,
): Promise<void> => {
  const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
};

/** Five topics that nobody else uses. */
export const createTestTopics = async (partitions = 1): Promise<TestTopics> => {
  const client = testKafka();
  const id = `test-${randomUUID().slice(0, 8)}`;
  const names = topicNames(`${id}.`);
  await setUpTopics(client, { names, partitions, growth: 'never' });
  return {
    client,
    names,
    groupId: id,
    remove: async () => {
      const admin = client.admin();
      await admin.connect();
      await admin.deleteGroups([id]).catch(() => undefined);
      await admin.deleteTopics({ topics: Object.values(names) });
      await admin.disconnect();
    },
  };
};

/** Single steps on topics, through kafkajs's admin client. They throw kafkajs's errors. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { protocolErrorOf } from '../client/failures.ts';
import { ConfigResourceTypes, ConfigSource } from '../patches/kafkajs.ts';

export type TopicState = {
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Every setting that the broker knows, by name. */
  readonly settings: ReadonlyMap<string, string>;
};

/** The state of each topic that exists. */
export const describeTopics = async (
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicState>> => {
  const existing = new Set(await admin.listTopics());
  const wanted = topics.filter((topic) => existing.has(topic));
  if (wanted.length === 0) return new Map();
  const [metadata, configs] = await Promise.all([
    admin.fetchTopicMetadata({ topics: wanted }),
    describeConfigs(admin, wanted),
  ]);
  return new Map(
    metadata.topics.map(({ name, partitions }) => {
      const settings = new Map(
        configs.get(name)?.map(({ configName, configValue }) => [configName, configValue]),
      );
      const replicationFactor = Math.min(...partitions.map(({ replicas }) => replicas.length));
      return [name, { partitions: partitions.length, replicationFactor, settings }];
    }),
  );
};

/** Resolves when the topic can be used. Resolves with false if another process has just created the topic. */
export const createTopic = async (
  admin: Admin,
  { topic, partitions, replicationFactor }: { topic: string; partitions: number; replicationFactor?: number },
): Promise<boolean> => {
  const isNew = await admin.createTopics({
    // kafkajs's own wait fails if a broker does not know the topic yet.
    waitForLeaders: false,
    topics: [
      {
        topic,
        numPartitions: partitions,
        replicationFactor: replicationFactor ?? (await defaultReplicationFactor(admin)),
      },
    ],
  });
  await untilKnown(async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    if (topics.some((topicMetadata) => topicMetadata.partitions.some(({ leader }) => leader < 0)))
      throw noLeaderYet(topic);
  });
  return isNew;
};

const noLeaderYet = (topic: string): Error =>
  Object.assign(new Error(`a partition of ${topic} has no leader yet`), { type: 'LEADER_NOT_AVAILABLE' });

const KNOWN_WITHIN_MS = 10_000;
const NOT_KNOWN_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/** Retries `ask` for up to ten seconds, because it may take seconds until every broker knows a new topic. `ask` must be safe to repeat. */
export const untilKnown = async <T>(ask: () => Promise<T>): Promise<T> => {
  const deadline = performance.now() + KNOWN_WITHIN_MS;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      if (!NOT_KNOWN_YET.has(protocolErrorOf(thrown) ?? '') || performance.now() > deadline) throw thrown;
    }
    await sleep(50);
  }
};

/** Resolves with false if another process has just added the partitions. */
export const growTopic = async (admin: Admin, topic: string, partitions: number): Promise<boolean> => {
  try {
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
    return true;
  } catch (thrown) {
    // A broker also gives this answer if the topic already has as many partitions.
    if (protocolErrorOf(thrown) !== 'INVALID_PARTITIONS' || !(await hasGrown(admin, topic, partitions)))
      throw thrown;
    return false;
  }
};

/** Other brokers may learn of new partitions a little later than the controller that added them. */
const hasGrown = async (admin: Admin, topic: string, partitions: number): Promise<boolean> => {
  const deadline = performance.now() + KNOWN_WITHIN_MS;
  for (;;) {
    const { topics } = await untilKnown(() => admin.fetchTopicMetadata({ topics: [topic] }));
    if ((topics[0]?.partitions.length ?? 0) >= partitions) return true;
    if (performance.now() > deadline) return false;
    await sleep(50);
  }
};

/** The request replaces all settings of the topic, so it must include the unchanged settings, too. */
export const setTopicSettings = async (
  admin: Admin,
  topic: string,
  changes: ReadonlyMap<string, string>,
): Promise<void> => {
  const kept = ((await describeConfigs(admin, [topic])).get(topic) ?? [])
    .filter(
      ({ configSource, configName }) =>
        configSource === ConfigSource.TOPIC_CONFIG && !changes.has(configName),
    )
    .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
  const changed = [...changes].map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [...kept, ...changed] }],
  });
};

const describeConfigs = async (admin: Admin, topics: readonly string[]) => {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  });
  return new Map(resources.map(({ resourceName, configEntries }) => [resourceName, configEntries]));
};

/** kafkajs's version of the request cannot say "the broker's default", so read the default from a broker. */
const defaultReplicationFactor = async (admin: Admin): Promise<number> => {
  const { brokers } = await admin.describeCluster();
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.BROKER, name: String(brokers[0]?.nodeId) }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return Number(
    entries.find(({ configName }) => configName === 'default.replication.factor')?.configValue ?? 1,
  );
};

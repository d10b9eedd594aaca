/**
 * Creates and compares the five topics, and looks at others. Never removes a topic or a partition, and changes no settings except those in
 * topic-settings.ts. Rejects with a `Failure`.
 */
import type { Admin } from 'kafkajs';
import { count } from '../../domain/words/count.ts';
import type { KafkaClient } from '../client/client.ts';
import { kafkaFailure } from '../client/failures.ts';
import { TOPIC_ROLES, type TopicNames, type TopicRole } from '../names/topic-names.ts';
import {
  createTopic,
  describeTopics,
  growTopic,
  setTopicSettings,
  untilKnown,
  type TopicState,
} from './topic-admin.ts';
import { fulfils, topicSettings } from './topic-settings.ts';

export type TopicPlan = {
  readonly names: TopicNames;
  readonly partitions: number;
  /** If absent: the broker's default. */
  readonly replicationFactor?: number;
  /** Whether to add partitions to topics that have fewer than planned, or fewer than the widest topic. */
  readonly growth: 'never' | 'repartition';
};

export type TopicDifference = {
  readonly topic: string;
  /** A setting by Kafka's name, or `partitions`, or `topic` if the topic does not exist. */
  readonly setting: string;
  readonly wanted: string;
  readonly actual: string;
};

/** Brings the topics to the plan, and returns one line for each change. Safe to run again, and to run several times at once. */
export const setUpTopics = (
  client: Pick<KafkaClient, 'admin'>,
  plan: TopicPlan,
): Promise<readonly string[]> =>
  withAdmin(client, 'setting up topics', async (admin) => {
    const changes: string[] = [];
    const created = new Set<string>();
    for (const { topic, setting, wanted, actual } of await differencesOf(admin, plan)) {
      if (setting === 'topic') {
        const isNew = await createTopic(admin, {
          topic,
          partitions: Number(wanted),
          ...replication(plan),
        });
        created.add(topic);
        if (isNew) changes.push(`created ${topic} with ${count(Number(wanted), 'partition')}`);
      }
      if (setting === 'partitions' && plan.growth === 'repartition') {
        if (await growTopic(admin, topic, Number(wanted)))
          changes.push(`${topic}: ${actual} → ${count(Number(wanted), 'partition')}`);
      }
    }
    // The next broker that answers may not know the topics yet.
    const aligned = await untilKnown(() => alignSettings(admin, plan, created));
    return [...changes, ...aligned.filter(({ topic }) => !created.has(topic)).map(inWords)];
  });

/** How the topics differ from the plan. More partitions than planned are no difference if all topics have them. */
export const compareTopics = (
  client: Pick<KafkaClient, 'admin'>,
  plan: TopicPlan,
): Promise<readonly TopicDifference[]> =>
  withAdmin(client, 'comparing topics', (admin) => differencesOf(admin, plan));

/** The state of each of these topics that exists, with all its settings, and the number of brokers. */
export const lookAtTopics = (
  client: Pick<KafkaClient, 'admin'>,
  topics: readonly string[],
): Promise<{ readonly states: ReadonlyMap<string, TopicState>; readonly brokers: number }> =>
  withAdmin(client, 'reading the settings of the topics', async (admin) => ({
    states: await describeTopics(admin, topics),
    brokers: (await admin.describeCluster()).brokers.length,
  }));

/** What Kafka does with a topic's old records, by Kafka's name: `delete`, `compact`, or both. */
export const cleanupPolicy = (
  client: Pick<KafkaClient, 'admin'>,
  topic: string,
): Promise<string | undefined> =>
  withAdmin(client, `reading the settings of ${topic}`, async (admin) =>
    (await describeTopics(admin, [topic])).get(topic)?.settings.get('cleanup.policy'),
  );

/** A topic's `max.message.bytes`. */
export const largestMessage = (client: Pick<KafkaClient, 'admin'>, topic: string): Promise<number> =>
  withAdmin(client, `reading the settings of ${topic}`, async (admin) => {
    const settings = (await describeTopics(admin, [topic])).get(topic)?.settings;
    return Number(settings?.get('max.message.bytes') ?? Infinity);
  });

const alignSettings = async (
  admin: Admin,
  plan: TopicPlan,
  created: ReadonlySet<string>,
): Promise<readonly TopicDifference[]> => {
  const settings = (await differencesOf(admin, plan, created)).filter(
    ({ setting }) => setting !== 'topic' && setting !== 'partitions',
  );
  for (const topic of new Set(settings.map((difference) => difference.topic))) {
    const differing = settings.filter((difference) => difference.topic === topic);
    await setTopicSettings(admin, topic, new Map(differing.map(({ setting, wanted }) => [setting, wanted])));
  }
  return settings;
};

const inWords = ({ topic, setting, actual, wanted }: TopicDifference): string =>
  `${topic}: ${setting} ${actual} → ${wanted}`;

/** @param created topics whose settings nobody has chosen yet: they get exactly what is planned, not the broker's larger defaults */
const differencesOf = async (
  admin: Admin,
  plan: TopicPlan,
  created: ReadonlySet<string> = new Set(),
): Promise<readonly TopicDifference[]> => {
  const names = TOPIC_ROLES.map((role) => plan.names[role]);
  const states = await describeTopics(admin, names);
  const widest = Math.max(0, ...[...states.values()].map(({ partitions }) => partitions));
  const partitions =
    plan.growth === 'repartition' || widest === 0 ? Math.max(widest, plan.partitions) : widest;
  return TOPIC_ROLES.flatMap((role) => {
    const topic = plan.names[role];
    const isEnough = created.has(topic) ? isEqual : fulfils;
    return topicDifferences(states.get(topic), { topic, role, partitions, isEnough });
  });
};

const isEqual: typeof fulfils = ({ actual, wanted }) => actual === wanted;

type WantedTopic = {
  readonly topic: string;
  readonly role: TopicRole;
  readonly partitions: number;
  readonly isEnough: typeof fulfils;
};

const topicDifferences = (
  state: TopicState | undefined,
  { topic, role, partitions, isEnough }: WantedTopic,
): readonly TopicDifference[] => {
  if (state === undefined)
    return [{ topic, setting: 'topic', wanted: String(partitions), actual: 'missing' }];
  const differences: TopicDifference[] = [];
  if (state.partitions < partitions) {
    differences.push({
      topic,
      setting: 'partitions',
      wanted: String(partitions),
      actual: String(state.partitions),
    });
  }
  for (const [setting, wanted] of Object.entries(topicSettings(role, state.replicationFactor))) {
    const actual = state.settings.get(setting);
    // The broker does not know a setting that it does not list.
    if (actual !== undefined && !isEnough({ setting, actual, wanted }))
      differences.push({ topic, setting, wanted, actual });
  }
  return differences;
};

const replication = ({ replicationFactor }: TopicPlan) =>
  replicationFactor === undefined ? {} : { replicationFactor };

const withAdmin = async <T>(
  client: Pick<KafkaClient, 'admin'>,
  doing: string,
  work: (admin: Admin) => Promise<T>,
): Promise<T> => {
  const admin = client.admin();
  try {
    await admin.connect();
    return await work(admin);
  } catch (thrown) {
    throw kafkaFailure(thrown, doing);
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
};

import { count } from '../../../domain/words/count.ts';
import { type TopicNames, TOPIC_ROLES } from '../../../kafka/names/topic-names.ts';
import type { TopicState } from '../../../kafka/topics/topic-admin.ts';
import type { TopicDifference } from '../../../kafka/topics/topics.ts';
import { shellWord } from '../../../domain/words/shell-word.ts';
import { type Finding, type FindingCode, found, orOk, skipped } from '../findings.ts';

/** Checks that the five topics exist, with equal numbers of partitions. */
export const checkTopics = (counts: ReadonlyMap<string, number>, names: TopicNames): readonly Finding[] => {
  const topics = TOPIC_ROLES.map((role) => names[role]);
  const missing = topics.filter((topic) => (counts.get(topic) ?? 0) === 0);
  const widest = Math.max(...topics.map((topic) => counts.get(topic) ?? 0));
  const narrow = topics.filter((topic) => !missing.includes(topic) && (counts.get(topic) ?? 0) < widest);
  const findings = [
    ...(missing.length === 0
      ? []
      : [found('topics', 'topic-missing', `there is no topic ${missing.join(', ')}`, OTHER_NAMES)]),
    ...(narrow.length === 0
      ? []
      : [
          found(
            'topics',
            'partitions-differ',
            `${narrow.map((topic) => `${topic} has ${count(counts.get(topic) ?? 0, 'partition')}`).join(', ')}, others have ${String(widest)}`,
            {
              // `setup` grows every topic to TOPIC_PARTITIONS, whose default of 6 may be more than the widest topic has.
              command: `TOPIC_PARTITIONS=${String(widest)} runclose setup --repartition`,
              advice: 'adds partitions to the narrower topics only; existing partitions keep their records',
            },
          ),
        ]),
  ];
  return orOk(findings, 'topics', `all ${String(topics.length)} exist with ${count(widest, 'partition')}`);
};

const OTHER_NAMES = {
  advice: 'if the topics of your installation have other names, set TOPIC_PREFIX instead',
};

const CODES: Readonly<Record<string, FindingCode>> = {
  'cleanup.policy': 'topic-compacted',
  'retention.ms': 'retention-short',
  'max.message.bytes': 'message-size-small',
  'message.timestamp.type': 'timestamp-type-wrong',
  'message.timestamp.before.max.ms': 'dead-letter-times-limited',
  'message.timestamp.after.max.ms': 'dead-letter-times-limited',
  'message.timestamp.difference.max.ms': 'dead-letter-times-limited',
  'min.insync.replicas': 'min-insync-replicas-low',
};

export type TopicSettingsFacts = {
  /** How the topics differ from what `setup` applies. */
  readonly differences: readonly TopicDifference[];
  readonly states: ReadonlyMap<string, TopicState>;
  readonly brokers: number;
  /** `--bootstrap-server` of Kafka's tools. */
  readonly bootstrap: string;
};

/** Checks the settings that `setup` applies, and the settings that it leaves to the operator. */
export const checkTopicSettings = ({
  differences,
  states,
  brokers,
  bootstrap,
}: TopicSettingsFacts): readonly Finding[] => {
  if (states.size === 0) return [skipped('topic settings', 'cannot be checked before the topics exist')];
  const applied = differences.flatMap(({ topic, setting, actual, wanted }) => {
    const code = CODES[setting];
    return code === undefined
      ? []
      : [found('topic settings', code, `${topic} has ${setting}=${actual}, and needs ${wanted}`)];
  });
  const alter = (topic: string, change: string): string =>
    `kafka-configs.sh --bootstrap-server ${shellWord(bootstrap)} --alter --entity-type topics --entity-name ${topic} --add-config ${change}`;
  const others = [...states].flatMap(([topic, { replicationFactor, settings }]) => {
    const bytes = settings.get('retention.bytes') ?? '-1';
    const inSync = settings.get('min.insync.replicas') ?? '1';
    return [
      ...(bytes === '-1'
        ? []
        : [
            found('topic settings', 'retention-limited-by-size', `${topic} has retention.bytes=${bytes}`, {
              command: alter(topic, 'retention.bytes=-1'),
            }),
          ]),
      ...(Number(inSync) <= replicationFactor
        ? []
        : [
            found(
              'topic settings',
              'min-insync-replicas-high',
              `${topic} has min.insync.replicas=${inSync}, but only ${count(replicationFactor, 'replica')}`,
              { command: alter(topic, `min.insync.replicas=${String(Math.max(1, replicationFactor - 1))}`) },
            ),
          ]),
      ...(replicationFactor > 1 || brokers < 3
        ? []
        : [
            found(
              'topic settings',
              'replication-low',
              `${topic} has 1 replica on ${String(brokers)} brokers`,
              {
                advice: 'raise its replication factor with kafka-reassign-partitions.sh',
              },
            ),
          ]),
    ];
  });
  return orOk(
    [...applied, ...others],
    'topic settings',
    'retention, sizes, times and replicas are as they should be',
  );
};

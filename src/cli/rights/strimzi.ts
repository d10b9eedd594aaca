import { pascal } from '../../kafka/refused-right.ts';
import type { Resource } from '../../kafka/rights.ts';
import { TOPIC_ROLES, topicNames } from '../../kafka/topic-names.ts';
import { topicSettings } from '../../kafka/topic-settings.ts';
import { type PrincipalRights, PURPOSES } from './principals.ts';

export type TopicsWanted = {
  readonly prefix: string;
  readonly partitions: number;
  readonly replicationFactor?: number;
};

/** Resources of Strimzi's operators, as YAML. Strimzi takes names of Kubernetes; a topic may have another name in Kafka. */
export const strimziResources = (principals: readonly PrincipalRights[], topics: TopicsWanted): string[] => [
  ...principals.flatMap(kafkaUser),
  ...TOPIC_ROLES.flatMap((role) =>
    kafkaTopic(topicNames(topics.prefix)[role], topicSettings(role, topics.replicationFactor ?? 1), topics),
  ),
];

const header = (kind: string, name: string): string[] => [
  '---',
  'apiVersion: kafka.strimzi.io/v1beta2',
  `kind: ${kind}`,
  'metadata:',
  `  name: ${quoted(resourceName(name))}`,
  '  labels:',
  '    strimzi.io/cluster: my-cluster # the name of your Kafka resource',
];

const kafkaUser = ({ role, name, rights }: PrincipalRights): string[] => [
  `# ${role}: ${PURPOSES[role]}`,
  ...header('KafkaUser', name),
  'spec:',
  '  authentication:',
  '    type: scram-sha-512 # or tls',
  '  authorization:',
  '    type: simple',
  '    acls:',
  ...rights.flatMap(({ resource, operations }) => [
    '      - resource:',
    ...resourceLines(resource).map((line) => `          ${line}`),
    `        operations: [${operations.map(pascal).join(', ')}]`,
  ]),
];

const resourceLines = (resource: Resource): string[] => {
  switch (resource.type) {
    case 'cluster':
      return ['type: cluster'];
    case 'topic':
      return ['type: topic', `name: ${quoted(resource.name)}`, 'patternType: literal'];
    case 'group':
      return ['type: group', `name: ${quoted(resource.name)}`, `patternType: ${strimziPattern(resource)}`];
    case 'transactional-id':
      return [
        'type: transactionalId',
        `name: ${quoted(resource.name)}`,
        `patternType: ${strimziPattern(resource)}`,
      ];
  }
};

const strimziPattern = ({ pattern }: { readonly pattern: 'literal' | 'prefixed' }): string =>
  pattern === 'literal' ? 'literal' : 'prefix';

const kafkaTopic = (
  topic: string,
  settings: Readonly<Record<string, string>>,
  { partitions, replicationFactor }: TopicsWanted,
): string[] => [
  ...header('KafkaTopic', topic),
  'spec:',
  `  topicName: ${quoted(topic)}`,
  `  partitions: ${String(partitions)}`,
  ...(replicationFactor === undefined ? [] : [`  replicas: ${String(replicationFactor)}`]),
  '  config:',
  ...Object.entries(settings)
    // Only brokers before 3.6 know it, and Strimzi refuses what a broker does not know.
    .filter(([name]) => name !== 'message.timestamp.difference.max.ms')
    .map(([name, value]) => `    ${name}: ${quoted(value)}`),
];

/** What Kubernetes takes: lower case letters, digits, dots and hyphens, with a letter or digit at both ends. */
const resourceName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');

/** JSON's strings are YAML's, too. */
const quoted = (text: string): string => JSON.stringify(text);

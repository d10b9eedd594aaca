import { TOPIC_ROLES, topicNames } from '../../kafka/names/topic-names.ts';
import { pascal } from '../../kafka/rights/refused-right.ts';
import type { Resource, Right } from '../../kafka/rights/rights.ts';
import { topicSettings } from '../../kafka/topics/topic-settings.ts';
import { type PrincipalRights, PURPOSES } from './principals.ts';

export type TopicsWanted = {
  readonly prefix: string;
  readonly partitions: number;
  readonly replicationFactor?: number;
};

/**
 * Writes resources for Strimzi's operators, as YAML. Resource names follow Kubernetes' rules, so a topic may have another name in Kafka.
 */
export const strimziResources = (principals: readonly PrincipalRights[], topics: TopicsWanted): string[] => [
  ...kafkaUsers(principals),
  ...TOPIC_ROLES.flatMap((role) =>
    kafkaTopic(topicNames(topics.prefix)[role], topicSettings(role, topics.replicationFactor ?? 1), topics),
  ),
];

const header = (kind: string, name: string): string[] => [
  '---',
  'apiVersion: kafka.strimzi.io/v1 # before Strimzi 0.49: v1beta2',
  `kind: ${kind}`,
  'metadata:',
  `  name: ${quoted(resourceName(name))}`,
  '  labels:',
  '    strimzi.io/cluster: my-cluster # the name of your Kafka resource',
];

/**
 * Writes one resource per user, with the rights of all parts of the user: a second resource of the same name would replace the first one.
 */
const kafkaUsers = (principals: readonly PrincipalRights[]): string[] => {
  const users = new Map<string, PrincipalRights[]>();
  for (const principal of principals) {
    const user = resourceName(principal.name) || principal.role;
    users.set(user, [...(users.get(user) ?? []), principal]);
  }
  return [...users].flatMap(([user, parts]) => kafkaUser(user, parts));
};

const kafkaUser = (user: string, parts: readonly PrincipalRights[]): string[] => [
  ...parts.flatMap(({ role, name }) => [
    `# ${role}: ${PURPOSES[role]}`,
    ...(name === user
      ? []
      : [`# Kubernetes does not take the name ${quoted(name)}. In Kafka, too, this user is called ${user}.`]),
  ]),
  ...header('KafkaUser', user),
  'spec:',
  '  authentication:',
  '    type: scram-sha-512 # or tls',
  '  authorization:',
  '    type: simple',
  '    acls:',
  ...[...new Set(parts.flatMap(({ rights }) => rights.map((right) => aclLines(right).join('\n'))))]
    .join('\n')
    .split('\n'),
];

const aclLines = ({ resource, operations }: Right): string[] => [
  '      - resource:',
  ...resourceLines(resource).map((line) => `          ${line}`),
  `        operations: [${operations.map(pascal).join(', ')}]`,
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
    // Only brokers before 3.6 know this setting, and Strimzi refuses settings that a broker does not know.
    .filter(([name]) => name !== 'message.timestamp.difference.max.ms')
    .map(([name, value]) => `    ${name}: ${quoted(value)}`),
];

/** Kubernetes allows lower case letters, digits, dots and hyphens, with a letter or a digit at both ends. */
const resourceName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');

/** Every JSON string is also a YAML string. */
const quoted = (text: string): string => JSON.stringify(text);

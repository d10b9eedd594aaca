/**
 * The minimal rights in Kafka that each principal needs. READ and WRITE imply DESCRIBE, and ALTER_CONFIGS implies DESCRIBE_CONFIGS. This
 * table is the only one: `setup --print-rights` prints it, the secured stack grants it, and the docs' table is checked against it.
 */
import { lanePrefix, transactionalIdPrefix } from '../names/joined-names.ts';
import { OUTPUT_ROLES, TOPIC_ROLES, topicNames, type TopicRole } from '../names/topic-names.ts';

export const PRINCIPAL_ROLES = ['owner', 'processor', 'upstream', 'downstream', 'operator'] as const;

/** `owner` runs `setup`, `processor` runs `serve`; upstream services publish, downstream services subscribe. */
export type PrincipalRole = (typeof PRINCIPAL_ROLES)[number];

export type Operation =
  'READ' | 'WRITE' | 'CREATE' | 'DESCRIBE' | 'ALTER' | 'ALTER_CONFIGS' | 'DESCRIBE_CONFIGS';

export type Resource =
  | { readonly type: 'topic'; readonly name: string }
  | { readonly type: 'group'; readonly name: string; readonly pattern: 'literal' | 'prefixed' }
  | { readonly type: 'transactional-id'; readonly name: string; readonly pattern: 'prefixed' }
  | { readonly type: 'cluster' };

export type Right = {
  readonly resource: Resource;
  readonly operations: readonly Operation[];
};

export type Deployment = {
  /** Prefix of the topics, including a separator. */
  readonly prefix: string;
  /** The group of the processor. */
  readonly groupId: string;
  /** The groups in which upstream and downstream services read. */
  readonly subscriberGroups: Readonly<Record<'upstream' | 'downstream', string>>;
};

/** For principals whose rights do not depend on a group of subscribers. */
export const NO_SUBSCRIBERS = { upstream: '', downstream: '' };

export const rightsOf = (role: PrincipalRole, { prefix, groupId, subscriberGroups }: Deployment): Right[] => {
  const names = topicNames(prefix);
  const on = (topic: TopicRole, ...operations: Operation[]): Right => ({
    resource: { type: 'topic', name: names[topic] },
    operations,
  });
  const group = (name: string, operation: Operation, pattern: 'literal' | 'prefixed' = 'literal'): Right => ({
    resource: { type: 'group', name, pattern },
    operations: [operation],
  });
  const transactions = (name: string): Right => ({
    resource: { type: 'transactional-id', name, pattern: 'prefixed' },
    operations: ['WRITE'],
  });
  switch (role) {
    case 'owner':
      return [
        ...TOPIC_ROLES.map((topic) => on(topic, 'CREATE', 'DESCRIBE', 'ALTER', 'ALTER_CONFIGS')),
        { resource: { type: 'cluster' }, operations: ['DESCRIBE_CONFIGS'] },
      ];
    case 'processor':
      return [
        on('requested', 'READ'),
        ...OUTPUT_ROLES.map((topic) => on(topic, 'READ', 'WRITE')),
        group(groupId, 'READ'),
        transactions(transactionalIdPrefix({ groupId, topic: names.requested })),
      ];
    case 'upstream':
      return [
        on('requested', 'WRITE'),
        on('closed', 'READ'),
        on('rejected', 'READ'),
        on('deadLetters', 'READ'),
        group(groupId, 'DESCRIBE'),
        group(subscriberGroups.upstream, 'READ'),
      ];
    case 'downstream':
      return [on('closed', 'READ'), on('summary', 'READ'), group(subscriberGroups.downstream, 'READ')];
    case 'operator':
      return [
        // A redrive reads the maximum size of a command.
        on('requested', 'READ', 'WRITE', 'DESCRIBE_CONFIGS'),
        // No WRITE: only the processor may write the outputs all the time, and `replay emit` needs WRITE on its target only.
        ...OUTPUT_ROLES.map((topic) => on(topic, 'READ')),
        group(groupId, 'DESCRIBE'),
        group(`${groupId}.redrive`, 'READ'),
        group(lanePrefix(groupId, 'emit'), 'READ', 'prefixed'),
        transactions(lanePrefix(groupId, 'redrive')),
        transactions(lanePrefix(groupId, 'emit')),
      ];
  }
};

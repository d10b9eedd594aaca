import type { EventType } from '../../wire/event-types.ts';

export type TopicRole = 'requested' | 'closed' | 'summary' | 'rejected' | 'deadLetters';
export type TopicNames = Readonly<Record<TopicRole, string>>;

/** Outputs first, and the input last: the order in which partitions are added. */
export const TOPIC_ROLES = [
  'closed',
  'summary',
  'rejected',
  'deadLetters',
  'requested',
] as const satisfies TopicRole[];
export const OUTPUT_ROLES = ['closed', 'summary', 'rejected', 'deadLetters'] as const satisfies TopicRole[];

/** @param prefix with its own separator: `staging.` */
export const topicNames = (prefix = ''): TopicNames => ({
  requested: `${prefix}run.close.requested`,
  closed: `${prefix}run.closed`,
  summary: `${prefix}run.summary`,
  rejected: `${prefix}run.close.rejected`,
  deadLetters: `${prefix}run.close.requested.dlq`,
});

const ROLES: Readonly<Record<EventType, TopicRole>> = {
  'run.closed': 'closed',
  'run.summary': 'summary',
  'run.close.rejected': 'rejected',
};

export const topicOfEvent = (names: TopicNames, type: EventType): string => names[ROLES[type]];

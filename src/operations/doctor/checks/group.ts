import { count } from '../../../domain/words/count.ts';
import { shellWord } from '../../../domain/words/shell-word.ts';
import type { Group, GroupMember } from '../../../kafka/consume/group.ts';
import type { PartitionLease } from '../../../postgres/lease/leases.ts';
import { type Finding, found, orOk } from '../findings.ts';

export type GroupFacts = {
  readonly groupId: string;
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly group: Group;
  /** KAFKA_CLIENT_ID. */
  readonly clientId: string;
};

export const checkGroup = (facts: GroupFacts): readonly Finding[] => {
  const { groupId, topic, partitions, group } = facts;
  const { members, state, protocolType } = group;
  const otherType = OTHER_TYPES.get(protocolType);
  if (otherType !== undefined)
    return [
      found('group', 'group-shared', `group ${groupId} is ${otherType}, which \`serve\` cannot join`, {
        advice:
          'set another KAFKA_GROUP_ID for every `serve`, or give the other application another group and delete this one',
      }),
    ];
  const isOtherKind = members.length > 0 && protocolType !== CONSUMER;
  const others = members.filter((member) => isOtherKind || isOther(member, facts));
  if (others.length > 0)
    return [
      found(
        'group',
        'group-shared',
        `another application is a member of group ${groupId}${isOtherKind ? `, which is no group of consumers (protocol type ${protocolType})` : ''}: ${othersInWords(others, topic)}`,
        {
          advice:
            'give the other application a group of its own (`group.id`), and restart it. If its group is the right one, set another KAFKA_GROUP_ID for RunClose',
        },
      ),
    ];
  if (members.length === 0)
    return [found('group', 'group-empty', `group ${groupId} has no members`, { command: 'runclose serve' })];
  const owned = new Set(members.flatMap((member) => member.partitions));
  const unowned = partitions.filter((partition) => !owned.has(partition));
  return orOk(
    unowned.length === 0
      ? []
      : [
          found(
            'group',
            'partition-unowned',
            `no member owns ${topic}/${unowned.join(', ')}; the group is in state ${state}`,
            {
              advice:
                'a rebalance ends within a minute: run doctor again. If this finding stays, restart the members',
            },
          ),
        ],
    'group',
    `${count(members.length, 'member')} of ${groupId} ${members.length === 1 ? 'owns' : 'own'} all partitions`,
  );
};

const CONSUMER = 'consumer';

/** Kafka keeps the type of such a group even if the group has no members. */
const OTHER_TYPES: ReadonlyMap<string, string> = new Map([
  ['share', 'a share group'],
  ['streams', 'a group of Kafka Streams'],
]);

/**
 * Members of earlier versions say nothing about themselves, so their client id counts. While the group rebalances, nothing can be told about
 * a member that shows no subscription.
 */
const isOther = (
  { topics, facts, clientId }: GroupMember,
  { topic, group, clientId: ours }: GroupFacts,
): boolean =>
  topics.some((it) => it !== topic) ||
  (facts === null && group.state === 'Stable' && !clientId.startsWith(ours));

const MAX_NAMED = 3;

const othersInWords = (others: readonly GroupMember[], topic: string): string => {
  const named = others.slice(0, MAX_NAMED).map(({ clientId, host, topics }) => {
    const foreign = topics.filter((it) => it !== topic);
    return `${clientId} at ${host}${foreign.length === 0 ? '' : `, which subscribes ${foreign.join(', ')}`}`;
  });
  const more = others.length - named.length;
  return [...named, ...(more === 0 ? [] : [`and ${String(more)} more`])].join('; ');
};

export type OffsetsFacts = {
  readonly groupId: string;
  readonly topic: string;
  readonly bootstrap: string;
  /** By partition, the group's next offset. Read before the leases, because a batch is stored before its offset is committed. */
  readonly committed: ReadonlyMap<number, number | null>;
  readonly leases: readonly PartitionLease[];
};

/** Compares the offsets of the group with those in Postgres. */
export const checkOffsets = (facts: OffsetsFacts): readonly Finding[] => {
  const { groupId, topic, committed, leases } = facts;
  const ahead = leases.flatMap(({ partition, nextOffset }) => {
    const next = committed.get(partition) ?? null;
    return nextOffset !== null && next !== null && next > nextOffset
      ? [`${topic}/${String(partition)} at ${String(next)} (Postgres: ${String(nextOffset)})`]
      : [];
  });
  const others = [...new Set(leases.map((lease) => lease.groupId))].filter((other) => other !== groupId);
  return orOk(
    [
      ...(ahead.length === 0
        ? []
        : [
            found(
              'offsets',
              'offset-ahead',
              `group ${groupId} has offsets ahead of Postgres: ${ahead.join(', ')}`,
              {
                command: deleteOffsets(facts),
                advice: `stop every \`serve\` of the group first, and start \`serve\` again afterwards: ${SAFE}`,
              },
            ),
          ]),
      ...others.map((other) =>
        found(
          'offsets',
          'group-changed',
          `the last \`serve\` of ${topic} belonged to group ${other}, not to ${groupId}`,
          {
            advice: `if nobody meant to change the group, set KAFKA_GROUP_ID=${other}. Otherwise stop every \`serve\` of ${other}; this warning ends when \`serve\` of ${groupId} owns all partitions`,
          },
        ),
      ),
    ],
    'offsets',
    'no offset of the group is ahead of Postgres',
  );
};

const SAFE = 'it reads in the outputs what was emitted, so nothing is lost or doubled';

export const deleteOffsets = ({
  bootstrap,
  groupId,
  topic,
}: Pick<OffsetsFacts, 'bootstrap' | 'groupId' | 'topic'>): string =>
  `kafka-consumer-groups.sh --bootstrap-server ${shellWord(bootstrap)} --delete-offsets --group ${shellWord(groupId)} --topic ${topic}`;

import { fetchGroupMembers } from '../kafka/group-members.ts';
import { createPartitionReader, type PartitionReader } from '../kafka/partition-reader.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { listLeases } from '../postgres/lease/leases.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { createGroupOffsets } from '../kafka/group-offsets.ts';
import type { Output } from './frame/output.ts';
import { MOST_DEAD_LETTERS, partitionStatuses, type PartitionStatus } from './status/partition-status.ts';
import { openDatabase, openKafka } from './frame/servers.ts';
import { count } from '../domain/words/count.ts';
import { table } from './text/table.ts';

export const status = (cli: Cli): void => {
  cli
    .command('status', 'Show partitions, owners, epochs, lag and dead letters at one look', [
      'runclose status',
      'runclose status --json',
    ])
    .action(
      cli.view(async (context) => {
        const { output } = context;
        const { groupId, statuses } = await gather(context);
        if (output.json) {
          for (const each of statuses) await output.record(each);
          return;
        }
        await output.line(statusTable(statuses, output));
        for (const line of summary(groupId, statuses)) output.note(line);
      }),
    );
};

const gather = async (context: CommandContext) => {
  const config = context.settings('kafka', 'database');
  const { groupId } = config.kafka;
  const names = topicNames(config.topics.prefix);
  const pool = await openDatabase(context, config);
  const kafka = await openKafka(context, config);
  const reader = createPartitionReader(kafka);
  const offsets = createGroupOffsets(kafka, groupId);
  context.onClose(() => reader.close());
  context.onClose(() => offsets.close());

  const members = await fetchGroupMembers(kafka, groupId, names.requested);
  const leases = await listLeases(pool, names.requested);
  const leaderless = await findLeaderless(reader, [names.requested, names.deadLetters]);
  const now = Date.now();
  const statuses = await partitionStatuses({ reader, offsets, names, members, leases, leaderless, now });
  return { groupId, statuses };
};

const findLeaderless = async (reader: PartitionReader, topics: readonly string[]) => {
  const counts = await reader.partitionCounts(topics);
  return reader.leaderless(
    [...counts].flatMap(([topic, partitions]) =>
      Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
    ),
  );
};

const statusTable = (statuses: readonly PartitionStatus[], { colors }: Output): string =>
  table(
    [
      { title: 'partition', align: 'right' },
      { title: 'owner' },
      { title: 'epoch', align: 'right' },
      { title: 'committed', align: 'right' },
      { title: 'end', align: 'right' },
      { title: 'lag', align: 'right' },
      { title: 'waiting', align: 'right' },
      { title: 'dead letters', align: 'right' },
    ],
    statuses.map((it) => [
      it.partition,
      it.owner === null ? 'nobody' : `${it.owner.clientId} on ${it.owner.host}`,
      it.epoch ?? '-',
      it.committed ?? '-',
      it.end ?? 'no leader',
      it.lagRecords ?? '-',
      it.lagSeconds === null ? '-' : `${it.lagSeconds} s`,
      it.deadLetters,
    ]),
    colors,
  );

type HeldBackStatus = NonNullable<PartitionStatus['heldBack']>;

const summary = (groupId: string, statuses: readonly PartitionStatus[]): readonly string[] => {
  const waiting = statuses.reduce((sum, { lagRecords }) => sum + (lagRecords ?? 0), 0);
  const longest = Math.max(...statuses.map(({ lagSeconds }) => lagSeconds ?? 0));
  const leaderless = statuses.filter(({ end }) => end === null);
  const dead = statuses.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  return [
    ...(waiting === 0 && leaderless.length > 0
      ? []
      : [
          waiting === 0
            ? 'Nothing waits.'
            : `${count(waiting, 'record')} ${waiting === 1 ? 'waits' : 'wait'}, the oldest for ${longest} s.`,
        ]),
    ...statuses.flatMap(({ topic, partition, heldBack }) =>
      heldBack === null ? [] : [heldBackLine(`${topic}/${partition}`, heldBack)],
    ),
    ...(leaderless.length === 0
      ? []
      : [
          `No broker leads ${leaderless.map(({ topic, partition }) => `${topic}/${partition}`).join(', ')}: ` +
            'how much waits there is unknown. Start a broker that has a copy.',
        ]),
    ...(statuses.every(({ owner }) => owner === null)
      ? [`Group ${groupId} has no members. To start one: runclose serve`]
      : []),
    ...(dead === 0
      ? []
      : [
          `${count(dead, 'dead letter')}${dead < MOST_DEAD_LETTERS ? '' : ' or more'}. ` +
            'To see them: runclose dlq list',
        ]),
  ];
};

/** Only the publisher can help: no processor may read past an open transaction. */
const heldBackLine = (where: string, { records, transactions: [oldest] }: HeldBackStatus): string => {
  const held = `${where}: ${count(records, 'offset')} held back by an open transaction`;
  if (oldest === undefined) return `${held}; the brokers do not tell whose.`;
  const { transactionalId, producerId, since } = oldest;
  const id = transactionalId === null ? '' : `transactional id ${transactionalId}, `;
  return `${held} (${id}producer id ${producerId}${since === null ? '' : `, since ${since}`}). Its producer has to end it.`;
};

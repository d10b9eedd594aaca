import { fetchGroupMembers } from '../kafka/group-members.ts';
import { createPartitionReader } from '../kafka/partition-reader.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { listLeases } from '../postgres/lease/leases.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { createGroupOffsets } from '../kafka/group-offsets.ts';
import type { Output } from './frame/output.ts';
import { MOST_DEAD_LETTERS, partitionStatuses, type PartitionStatus } from './status/partition-status.ts';
import { openDatabase, openKafka } from './frame/servers.ts';
import { count } from './text/count.ts';
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
  const statuses = await partitionStatuses({ reader, offsets, names, members, leases, now: Date.now() });
  return { groupId, statuses };
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
      it.end,
      it.lagRecords,
      `${it.lagSeconds} s`,
      it.deadLetters,
    ]),
    colors,
  );

const summary = (groupId: string, statuses: readonly PartitionStatus[]): readonly string[] => {
  const waiting = statuses.reduce((sum, { lagRecords }) => sum + lagRecords, 0);
  const longest = Math.max(...statuses.map(({ lagSeconds }) => lagSeconds));
  const dead = statuses.reduce((sum, { deadLetters }) => sum + deadLetters, 0);
  return [
    waiting === 0 ? 'Nothing waits.' : `${count(waiting, 'record')} wait, the oldest for ${longest} s.`,
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

import { count } from '../domain/words/count.ts';
import { MOST_DEAD_LETTERS, type PartitionStatus } from '../operations/status/partition-status.ts';
import { groupStatus } from '../operations/status/status.ts';
import type { Cli } from './frame/cli.ts';
import type { Output } from './frame/output.ts';
import type { LineOf } from './json/lines.ts';
import { table } from './text/table.ts';

export const status = (cli: Cli): void => {
  cli
    .command('status', 'Show partitions, owners, epochs, lag, alarms and dead letters', [
      'runclose status',
      'runclose status --json',
    ])
    .action(
      cli.view(async (context) => {
        const { output } = context;
        const { groupId, statuses } = await groupStatus(context);
        if (output.json) {
          for (const each of statuses) await output.record(each satisfies LineOf<'status'>);
          return;
        }
        await output.line(statusTable(statuses, output));
        for (const line of summary(groupId, statuses)) output.note(line);
      }),
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
    ...statuses.flatMap(({ alarms }) => alarms.map(({ code, message }) => `${code}: ${message}`)),
    ...(statuses.some(({ alarms }) => alarms.length > 0)
      ? ['What to do about each code: docs/runbook.md, and runclose doctor']
      : []),
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

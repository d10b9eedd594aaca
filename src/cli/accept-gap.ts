import { createClusterConnection } from '../kafka/cluster-connection.ts';
import { fetchClusterId } from '../kafka/cluster-id.ts';
import { topicMissing } from '../kafka/partition-counts.ts';
import { createPartitionReader } from '../kafka/partition-reader.ts';
import { topicNames } from '../kafka/topic-names.ts';
import { acceptGap as giveUp } from '../postgres/lease/accept-gap.ts';
import { listLeases } from '../postgres/lease/leases.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { createGroupOffsets } from '../kafka/group-offsets.ts';
import { openDatabase, openKafka } from './frame/servers.ts';

/** Commands of a partition that retention has removed before anybody decided them: from the next one to the log's first. */
type Gap = { readonly partition: number; readonly from: number; readonly to: number };

export const acceptGap = (cli: Cli): void => {
  cli
    .command(
      'accept-gap',
      'Give up commands that retention removed undecided, so that their partitions go on',
      ['runclose accept-gap', 'runclose accept-gap --yes'],
    )
    .option('--yes', 'give them up; without, only show which')
    .action(
      cli.perform(async (context, { yes = false }: { readonly yes?: boolean }) => {
        const { output } = context;
        const { pool, scope, gaps } = await findGaps(context);
        for (const { partition, from, to } of gaps) {
          if (yes) await giveUp(pool, scope, partition, to);
          if (output.json) await output.record({ topic: scope.topic, partition, from, to, done: yes });
          else
            await output.line(
              `${scope.topic}/${partition}: ${from} to ${to - 1} ${yes ? 'given up' : 'would be given up'}`,
            );
        }
        if (gaps.length === 0)
          output.note(`No gap: every command of ${scope.topic} that is due is still there.`);
        else if (!yes)
          output.note(
            'These commands are lost, and their runs stay open. To go on: runclose accept-gap --yes',
          );
      }),
    );
};

const findGaps = async (context: CommandContext) => {
  const config = context.settings('kafka', 'database');
  const topic = topicNames(config.topics.prefix).requested;
  const pool = await openDatabase(context, config);
  const kafka = await openKafka(context, config);
  const connection = createClusterConnection(kafka);
  const reader = createPartitionReader(kafka, connection);
  const offsets = createGroupOffsets(kafka, config.kafka.groupId);
  context.onClose(() => connection.close());
  context.onClose(() => offsets.close());
  if ((await reader.partitionCounts([topic])).get(topic) === 0) throw topicMissing(topic);

  const scope = { clusterId: await connection.run('asking for the cluster id', fetchClusterId), topic };
  const leases = (await listLeases(pool, topic)).filter(({ clusterId }) => clusterId === scope.clusterId);
  const partitions = leases.map(({ partition }) => partition);
  const committed = await offsets.committed(topic, partitions);
  const bounds = await reader.bounds(partitions.map((partition) => ({ topic, partition })));
  const gaps = bounds.flatMap(({ partition, low }): readonly Gap[] => {
    const stored = leases.find((lease) => lease.partition === partition)?.nextOffset;
    const from = Math.min(committed.get(partition) ?? low, stored ?? low);
    return from < low ? [{ partition, from, to: low }] : [];
  });
  return { pool, scope, gaps };
};

import { acceptGap as giveUp } from '../postgres/lease/accept-gap.ts';
import type { PartitionLease } from '../postgres/lease/leases.ts';
import { Failure } from '../processor/failure.ts';
import { findStart } from '../processor/find-start.ts';
import { isSameLog } from '../processor/log-identity.ts';
import type { InputLog } from '../processor/ports.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { openTopics } from './frame/topics.ts';
import type { LineOf } from './json/lines.ts';

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
          if (output.json)
            await output.record({
              topic: scope.topic,
              partition,
              from,
              to,
              done: yes,
            } satisfies LineOf<'accept-gap'>);
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
  const { pool, log, names, identity, leases: all } = await openTopics(context);
  const leases = all.filter(({ clusterId }) => clusterId === identity.clusterId);
  if (leases.some((lease) => !isSameLog(lease, identity))) throw otherTopics(names.requested);
  const found = await Promise.all(leases.map((lease) => gapOf(context, log, names.requested, lease)));
  const gaps = found.flatMap((gap): readonly Gap[] => (gap === null ? [] : [gap]));
  return { pool, scope: { clusterId: identity.clusterId, topic: names.requested }, gaps };
};

/** By the same rules as a processor that takes the partition over. */
const gapOf = async (
  { output }: CommandContext,
  log: InputLog,
  topic: string,
  lease: PartitionLease,
): Promise<Gap | null> => {
  const { partition } = lease;
  const [committed, { low, high }, lastEmitted] = await Promise.all([
    log.committedOffset(partition),
    log.bounds(partition),
    log.lastEmittedSource(partition),
  ]);
  const { cursor, alarm } = findStart({ ...lease, isNewLog: false, committed, lastEmitted, low, high });
  if (alarm?.code === 'INPUT_GAP') return { partition, from: cursor, to: low };
  if (alarm !== null) output.note(`${topic}/${String(partition)}: ${alarm.code}: ${alarm.message}`);
  return null;
};

const otherTopics = (topic: string): Failure =>
  new Failure(
    'fatal',
    'INPUT_RECREATED',
    `${topic} or its outputs were deleted and created again, so there is no gap to accept: run \`runclose adopt-topics\``,
  );

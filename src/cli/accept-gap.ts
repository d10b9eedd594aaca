import { acceptGap as giveUp } from '../postgres/lease/accept-gap.ts';
import { Failure } from '../processor/failure.ts';
import { isSameLog } from '../processor/log-identity.ts';
import type { Cli, CommandContext } from './frame/cli.ts';
import { EXIT } from './frame/exit-codes.ts';
import { inspect, lookAtEach, openAllTopics } from '../operations/servers/topics.ts';
import type { LineOf } from './json/lines.ts';

/** Commands of a partition that retention has removed before anybody decided them: from the next one to the log's first. */
type Gap = { readonly partition: number; readonly from: number; readonly to: number };

export const acceptGap = (cli: Cli): void => {
  cli
    .command('accept-gap', 'Skip commands that Kafka deleted before they were decided', [
      'runclose accept-gap',
      'runclose accept-gap --yes',
    ])
    .option('--yes', 'give them up; without, only show which')
    .action(
      cli.perform(async (context, { yes = false }: { readonly yes?: boolean }) => {
        const { output } = context;
        const { pool, scope, gaps, alarms, left } = await findGaps(context);
        for (const { code, message } of alarms) output.note(`${code}: ${message}`);
        for (const { partition, failure } of left)
          output.note(`${scope.topic}/${partition} is skipped: ${failure.message}`);
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
        if (gaps.length === 0 && alarms.length === 0 && left.length === 0)
          output.note(`No gap: every command of ${scope.topic} that is due is still there.`);
        else if (gaps.length > 0 && !yes)
          output.note(
            'These commands are lost, and their runs stay open. To go on: runclose accept-gap --yes',
          );
        return left.length > 0 ? EXIT.failed : EXIT.done;
      }),
    );
};

const findGaps = async (context: CommandContext) => {
  const topics = await openAllTopics(context);
  const { pool, log, names, identity, leases, partitions } = topics;
  const own = leases.filter(({ clusterId }) => clusterId === identity.clusterId);
  if (own.some((lease) => !isSameLog(lease, identity))) throw otherTopics(names.requested);
  const { found, left } = await lookAtEach(partitions, (partition) =>
    inspect(topics, log.lastEmittedSource, partition),
  );
  if (found.length === 0 && left[0] !== undefined) throw left[0].failure;
  const gaps = found.flatMap(({ partition, value: { alarm, start } }): readonly Gap[] =>
    alarm?.code === 'INPUT_GAP' && start !== null ? [{ partition, from: start.cursor, to: start.low }] : [],
  );
  const alarms = found.flatMap(({ value: { alarm } }) =>
    alarm === null || alarm.code === 'INPUT_GAP' ? [] : [alarm],
  );
  return { pool, scope: { clusterId: identity.clusterId, topic: names.requested }, gaps, alarms, left };
};

const otherTopics = (topic: string): Failure =>
  new Failure(
    'fatal',
    'INPUT_RECREATED',
    `${topic} or its outputs were deleted and created again, so there is no gap to accept: run \`runclose adopt-topics\``,
  );

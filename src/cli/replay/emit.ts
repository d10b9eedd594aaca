import { InvalidArgumentError, Option } from 'commander';
import { EVENT_TYPES, type EventType } from '../../wire/event-types.ts';
import { emit } from '../../operations/emit/emit.ts';
import type { Where } from '../../operations/history/range.ts';
import type { Cli } from '../frame/cli.ts';
import { id, repeatable } from '../frame/flags.ts';
import { fromOption, toOption } from '../frame/where-flags.ts';
import { printEmit } from './emit-report.ts';
import { topicName } from './topic-name-flag.ts';

type EmitOptions = {
  readonly toTopic: string;
  readonly live?: string;
  readonly type?: readonly EventType[];
  readonly file?: string;
  readonly from?: Where;
  readonly to?: Where;
  readonly channel?: string;
  readonly id?: string;
  readonly skipPurged?: boolean;
  readonly database: boolean;
  readonly yes?: boolean;
};

export const replayEmit = (cli: Cli): void => {
  cli
    .command('emit', 'Copy events into a topic of your choice, each once, with the same key and Avro body', [
      'runclose replay emit --to-topic new-subscriber',
      'runclose replay emit --to-topic mirror --type run.summary --yes',
    ])
    .requiredOption(
      '--to-topic <topic>',
      'the target (required): an existing topic, by its full name (TOPIC_PREFIX is not added)',
      topicName,
    )
    .option(
      '--type <type>',
      `the type of events to copy; repeatable: ${EVENT_TYPES.join(', ')} (default: run.closed)`,
      eventTypes,
    )
    .option('--file <file>', 'read the events from a file of `replay export --with-events`')
    .addOption(fromOption('where to start in the topic of the events'))
    .addOption(toOption())
    .option('--channel <id>', 'this channel only', id)
    .option(
      '--id <name>',
      "the replay's id: under one id, each event is sent once (default: the topic's name)",
      id,
    )
    .option('--live <topic>', 'confirm that the target is a live topic: repeat its full name')
    .addOption(
      new Option('--skip-purged', 'leave out purged events instead of refusing').conflicts('database'),
    )
    .option('--no-database', 'do not ask Postgres which events were purged')
    .option('--yes', 'send them (default: only show what would be sent)')
    .action(
      cli.perform(async (context, options: EmitOptions) => {
        const { output } = context;
        const { toTopic: target, id: replayId = target, type: types = ['run.closed'], channel } = options;
        const isDry = options.yes !== true;
        const emitted = await emit(context, {
          target,
          types,
          replayId,
          live: options.live,
          file: options.file,
          from: options.from,
          to: options.to,
          channel,
          skipPurged: options.skipPurged === true,
          database: options.database,
          mode: isDry ? 'dry' : 'send',
        });
        if (emitted === undefined) return;
        const { partitioning, unchecked, ...counts } = emitted;
        const result = {
          ...{ replay: replayId, to: target, done: !isDry, partitioning },
          ...counts,
          unchecked,
        };
        if (channel !== undefined && result.sent + result.sentBefore + result.purged === 0)
          output.note(`No event of channel ${channel} was read: check the id and the range.`);
        if (output.json) await output.record(result);
        else await printEmit(result, output);
      }),
    );
};

const eventTypes = repeatable((value): EventType => {
  const type = EVENT_TYPES.find((each) => each === value);
  if (type === undefined) throw new InvalidArgumentError(`It must be one of ${EVENT_TYPES.join(', ')}.`);
  return type;
});

import { InvalidArgumentError } from 'commander';
import { EVENT_TYPES, type EventType } from '../../wire/event-types.ts';
import { emit } from '../../operations/emit/emit.ts';
import { refuseEmptyRange, type Where } from '../../operations/history/range.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { Cli } from '../frame/cli.ts';
import { id } from '../frame/flags.ts';
import { printEmit } from './emit-report.ts';
import { topicName } from './topic-name-flag.ts';
import { OUTPUT_WHERE_HELP, outputWhere } from './where-flag.ts';

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
    .option(
      '--from <where>',
      `where to start in the topic of the events: ${OUTPUT_WHERE_HELP} (default: earliest)`,
      outputWhere,
    )
    .option('--to <where>', 'where to stop, exclusive (default: latest)', outputWhere)
    .option('--channel <id>', 'this channel only', id)
    .option(
      '--id <name>',
      "the replay's id: under one id, each event is sent once (default: the topic's name)",
      id,
    )
    .option('--live <topic>', 'confirm that the target is a live topic: repeat its full name')
    .option('--skip-purged', 'leave out purged events instead of refusing')
    .option('--no-database', 'do not ask Postgres which events were purged')
    .option('--yes', 'send them (default: only show what would be sent)')
    .action(
      cli.perform(async (context, options: EmitOptions) => {
        const { output } = context;
        const { toTopic: target, id: replayId = target, type: types = ['run.closed'], channel } = options;
        const isDry = options.yes !== true;
        refusePlaces(options);
        const emitted = await emit(context, {
          target,
          types,
          replayId,
          live: options.live,
          file: options.file,
          from: options.from ?? EARLIEST,
          to: options.to ?? LATEST,
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

const eventTypes = (value: string, previous: readonly EventType[] = []): readonly EventType[] => {
  const type = EVENT_TYPES.find((each) => each === value);
  if (type === undefined) throw new InvalidArgumentError(`It must be one of ${EVENT_TYPES.join(', ')}.`);
  return previous.includes(type) ? previous : [...previous, type];
};

const EARLIEST: Where = { kind: 'earliest' };
const LATEST: Where = { kind: 'latest' };

const refusePlaces = ({ file, from, to, type = [] }: EmitOptions): void => {
  if (file !== undefined && (from ?? to) !== undefined)
    throw wrongUse('leave out --from and --to: a file is always read as a whole');
  if (from?.kind === 'committed' || to?.kind === 'committed')
    throw wrongUse(
      'committed is a position in the topic of commands, not of events: use a time, an offset, earliest or latest',
    );
  if (type.length > 1 && [from, to].some((place) => place?.kind === 'offset' || place?.kind === 'offsets'))
    throw wrongUse('an offset is a position in one topic: give one --type, or use times');
  refuseEmptyRange(from, to);
};

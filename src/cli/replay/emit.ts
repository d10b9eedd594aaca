import { InvalidArgumentError } from 'commander';
import { EVENT_TYPES, type EventType } from '../../wire/event-types.ts';
import { emit } from '../../operations/emit/emit.ts';
import { refuseEmptyRange, type Where } from '../../operations/history/range.ts';
import { wrongUse } from '../../operations/refusals.ts';
import type { Cli } from '../frame/cli.ts';
import { id } from '../frame/flags.ts';
import { tellEmit } from './emit-report.ts';
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
    .command(
      'emit',
      'Write events again, key and Avro body byte for byte, into a topic of your choice, each once',
      [
        'runclose replay emit --to-topic new-subscriber',
        'runclose replay emit --to-topic mirror --type run.summary --yes',
      ],
    )
    .requiredOption(
      '--to-topic <topic>',
      'where to: a topic that exists, by its whole name; TOPIC_PREFIX is not put before it',
      topicName,
    )
    .option(
      '--type <type>',
      `which events; may be given again: ${EVENT_TYPES.join(', ')} (default: run.closed)`,
      eventTypes,
    )
    .option('--file <file>', 'take them from a file of `replay export --with-events`')
    .option(
      '--from <where>',
      `begin there in their topic: ${OUTPUT_WHERE_HELP} (default: earliest)`,
      outputWhere,
    )
    .option('--to <where>', 'end there (default: latest)', outputWhere)
    .option('--channel <id>', 'this channel only', id)
    .option(
      '--id <name>',
      "the replay's id: under one id, each event is sent once (default: the topic's name)",
      id,
    )
    .option('--live <topic>', 'the same topic once more, by its whole name, where it is one of the live ones')
    .option('--skip-purged', 'leave out events that were purged, rather than refuse')
    .option('--no-database', 'do not ask Postgres which events were purged')
    .option('--yes', 'send them; without, only tell what would happen')
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
          output.note(`No event of channel ${channel} was read here: check the id, and the range.`);
        if (output.json) await output.record(result);
        else await tellEmit(result, output);
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
    throw wrongUse('--from and --to are places in the topic: a file is read as a whole');
  if (from?.kind === 'committed' || to?.kind === 'committed')
    throw wrongUse(
      'committed is a place in the commands, and the events are read here: take a time, an offset, earliest or latest',
    );
  if (type.length > 1 && [from, to].some((place) => place?.kind === 'offset' || place?.kind === 'offsets'))
    throw wrongUse('an offset is a place in one topic: name one --type, or take times');
  refuseEmptyRange(from, to);
};

import { InvalidArgumentError } from 'commander';
import type { Config } from '../../config/config.ts';
import { createClusterConnection } from '../../kafka/cluster-connection.ts';
import { fetchClusterId } from '../../kafka/cluster-id.ts';
import { createGroupOffsets } from '../../kafka/group-offsets.ts';
import { createPartitionReader } from '../../kafka/partition-reader.ts';
import { EVENT_TYPES, topicNames, type TopicNames } from '../../kafka/topic-names.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import { Failure } from '../../processor/failure.ts';
import type { EventType } from '../../processor/ports.ts';
import type { Cli, CommandContext } from '../frame/cli.ts';
import { wrongUse } from '../frame/exit-codes.ts';
import { id } from '../frame/flags.ts';
import { createProgress } from '../frame/progress.ts';
import { openDatabase, openKafka } from '../frame/servers.ts';
import { count } from '../../domain/words/count.ts';
import { emitEvents } from './emit-events.ts';
import { createEmitReport, tellEmit } from './emit-report.ts';
import { openEventFile, openEventTopics, type EventSource } from './emit-source.ts';
import { refuseCompacted, refuseTarget, requireTarget, topicName } from './emit-target.ts';
import { findPurged, type PurgedDeps, type PurgedEvents } from './purged-events.ts';
import { todaysSchemaIds } from './todays-schema-ids.ts';
import { OUTPUT_WHERE_HELP, outputWhere, refuseEmptyRange, type Where } from './range.ts';

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
    .command('emit', 'Write events again, byte for byte, into a topic of your choice, each once', [
      'runclose replay emit --to-topic new-subscriber',
      'runclose replay emit --to-topic mirror --type run.summary --yes',
    ])
    .requiredOption(
      '--to-topic <topic>',
      'where to: a topic that exists, by its whole name; TOPIC_PREFIX is not put before it',
      topicName,
    )
    .option(
      '--type <type>',
      `which events; may be given again: ${EVENT_TYPES.join(', ')} (default: run.closed)`,
      types,
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
        const { output, interrupted } = context;
        const { toTopic: target, id: replayId = target, type: wanted = ['run.closed'] } = options;
        const isDry = options.yes !== true;
        refusePlaces(options);
        // What is to be had without a server is looked at first, and where events come from before where they go to.
        const file =
          options.file === undefined
            ? null
            : await openEventFile(context, options.file, wanted, todaysSchemaIds(context));
        const config = file === null ? context.settings('kafka') : context.settings('kafka', 'registry');
        const { prefix } = config.topics;
        const names = topicNames(prefix);
        refuseTarget({ prefix, target, live: options.live, types: wanted });
        const servers = { ...(await open(context, config)), names, prefix };
        const [from, to] = [options.from ?? EARLIEST, options.to ?? LATEST];
        const source = file ?? (await openEventTopics(servers, wanted, from, to));
        const alike = source.lanes[0]?.partitions ?? 0;
        const targetPartitions = await requireTarget(servers.reader, { target, prefix }, alike);
        const unknown = await refuseCompacted(servers.client, target);
        const { purged, unchecked } = await askForPurged(context, servers, { ...options, source, from, to });
        const total = source.lanes.reduce((sum, lane) => sum + lane.to - lane.from, 0);
        const progress = createProgress(output, isDry ? 'reading' : 'emitting', total);
        context.onClose(() => progress.stop());
        const report = createEmitReport(source.lanes);
        let [read, copied] = [0, 0];
        if (!isDry)
          context.onClose(() => {
            if (interrupted.aborted)
              output.note(
                `Interrupted: ${count(copied, 'event')} sent for good by this run. The same command goes on.`,
              );
          });
        await emitEvents(
          {
            ...servers,
            interrupted,
            onClose: context.onClose,
            onFate: (lane, fate) => {
              report.add(lane, fate);
              read += 1;
              progress.set(read);
            },
            onCopied: (records) => {
              copied += records;
            },
          },
          {
            source,
            target,
            targetPartitions,
            replayId,
            channelId: options.channel,
            mode: isDry ? 'dry' : 'send',
            isPurged: purged.isPurged,
          },
        );
        progress.stop();
        if (interrupted.aborted) return;
        const result = {
          replay: replayId,
          to: target,
          done: !isDry,
          partitioning: source.lanes.every(({ partitions }) => partitions === targetPartitions)
            ? ('same' as const)
            : ('by-key' as const),
          ...report.result(purged),
          unchecked: [...unknown, ...unchecked],
        };
        if (options.channel !== undefined && result.sent + result.sentBefore + result.purged === 0)
          output.note(`No event of channel ${options.channel} was read here: check the id, and the range.`);
        if (output.json) await output.record(result);
        else await tellEmit(result, output);
      }),
    );
};

const types = (value: string, previous: readonly EventType[] = []): readonly EventType[] => {
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

const open = async (context: CommandContext, config: Config<'kafka'>) => {
  const { groupId } = config.kafka;
  const client = await openKafka(context, config);
  const connection = createClusterConnection(client);
  const offsets = createGroupOffsets(client, groupId);
  context.onClose(() => connection.close());
  context.onClose(() => offsets.close());
  return {
    client,
    groupId,
    offsets,
    reader: createPartitionReader(client, connection),
    clusterId: await connection.run('asking for the cluster id', fetchClusterId),
  };
};

type OpenServers = Awaited<ReturnType<typeof open>> & { readonly names: TopicNames };

type Asked = Omit<EmitOptions, 'from' | 'to'> & {
  readonly source: EventSource;
  readonly from: Where;
  readonly to: Where;
};

/** Refuses purged events, unless they are to be left out. */
const askForPurged = async (context: CommandContext, servers: OpenServers, asked: Asked) => {
  const { source, from, to, channel: channelId } = asked;
  const store = await openStore(context, servers, source, asked);
  if (typeof store === 'string') return { purged: NOTHING, unchecked: [store] };
  const purged = await findPurged(store, { source, from, to, channelId });
  if (purged.count > 0 && asked.skipPurged !== true) throw refusal(purged);
  return { purged, unchecked: [] };
};

const NOTHING: PurgedEvents = { count: 0, named: [], isPurged: () => false };

/** A sentence where Postgres cannot tell. */
const openStore = async (
  context: CommandContext,
  { reader, names, clusterId }: OpenServers,
  { facts }: EventSource,
  options: Pick<EmitOptions, 'database'>,
): Promise<PurgedDeps | string> => {
  if (!options.database) return 'purged events: --no-database leaves Postgres out';
  const scope = { clusterId: facts?.clusterId ?? clusterId, topic: facts?.topic ?? names.requested };
  const pool = await openDatabase(context, context.settings('database'));
  const leases = (await listLeases(pool, scope.topic)).filter((lease) => lease.clusterId === scope.clusterId);
  return leases.length === 0
    ? `purged events: Postgres knows nothing of ${scope.topic} in cluster ${scope.clusterId}`
    : { reader, pool, scope };
};

const refusal = ({ count: all, named }: PurgedEvents): Failure => {
  const lines = named.map(
    ({ type, channelId, runId, partition, offset, why }) =>
      `  ${type} of ${runId} in ${channelId}, decided on ${String(partition)}@${String(offset)}: ${WHY[why]}`,
  );
  const more = all > named.length ? [`  and ${String(all - named.length)} more`] : [];
  return new Failure(
    'fatal',
    'EVENTS_PURGED',
    [
      `${count(all, 'event')} of this range ${all === 1 ? 'is' : 'are'} purged, and nothing was written:`,
      ...lines,
      ...more,
      'To emit the others: --skip-purged',
    ].join('\n'),
  );
};

const WHY = {
  removed: 'it is not there any more',
  forgotten: 'its personal data was forgotten',
} as const;

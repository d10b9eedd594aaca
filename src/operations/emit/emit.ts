/**
 * Writes events again into a topic of the caller's choice, with the same key and Avro body. Under one replay id, each event is sent once.
 */
import { noteInterruptedCopies } from '../copies/note-interruption.ts';
import type { Config } from '../../config/config.ts';
import { count } from '../../domain/words/count.ts';
import { fetchClusterId } from '../../kafka/client/cluster-id.ts';
import { topicNames, type TopicNames } from '../../kafka/names/topic-names.ts';
import { listLeases } from '../../postgres/lease/leases.ts';
import { Failure } from '../../processor/failure.ts';
import { openKafkaTopics } from '../servers/kafka-topics.ts';
import { openDatabase } from '../servers/servers.ts';
import type { Work } from '../work.ts';
import { createEmitCounts, type EmitCounts } from './emit-counts.ts';
import { emitEvents } from './emit-events.ts';
import { type Places, placesOf, type PlacesRequest } from './emit-places.ts';
import { openEventFile, openEventTopics, type EventSource } from './emit-source.ts';
import { checkCompaction, refuseTarget, requireTarget } from './emit-target.ts';
import { findPurged, type PurgedDeps, type PurgedEvents } from './purged-events.ts';
import { todaysSchemaIds } from './todays-schema-ids.ts';

export type EmitRequest = PlacesRequest & {
  readonly target: string;
  /** Under one id, each event is sent once. */
  readonly replayId: string;
  /** The live topic that was named a second time, if any. */
  readonly live: string | undefined;
  readonly channel: string | undefined;
  readonly skipPurged: boolean;
  readonly database: boolean;
  readonly mode: 'dry' | 'send';
};

export type Emitted = EmitCounts & {
  readonly partitioning: 'same' | 'by-key';
  /** Sentences that say what could not be checked, and why. */
  readonly unchecked: readonly string[];
};

/** Undefined if it was interrupted. */
export const emit = async (work: Work, request: EmitRequest): Promise<Emitted | undefined> => {
  const { interrupted } = work;
  const { target, types, replayId, live, channel, mode } = request;
  const places = placesOf(request);
  // Check the file before any server, and the source before the target.
  const file =
    request.file === undefined ? null : await openEventFile(work, request.file, types, todaysSchemaIds(work));
  const config = file === null ? work.settings('kafka') : work.settings('kafka', 'registry');
  const { prefix } = config.topics;
  const names = topicNames(prefix);
  refuseTarget({ prefix, target, live, types });
  const servers = { ...(await open(work, config)), names, prefix };
  const source = file ?? (await openEventTopics(servers, types, places));
  const alike = source.lanes[0]?.partitions ?? 0;
  const targetPartitions = await requireTarget(servers.reader, { target, prefix }, alike);
  const unknown = await checkCompaction(servers.client, target);
  const { purged, unchecked } = await checkPurged(work, servers, { ...request, ...places, source });
  const total = source.lanes.reduce((sum, lane) => sum + lane.to - lane.from, 0);
  const progress = work.progress(mode === 'dry' ? 'reading' : 'emitting', total);
  const counts = createEmitCounts(source.lanes);
  let [read, copied] = [0, 0];
  if (mode === 'send') noteInterruptedCopies(work, () => count(copied, 'event'));
  await emitEvents(
    {
      ...servers,
      interrupted,
      onClose: work.onClose,
      onCopied: (records) => {
        copied += records;
      },
    },
    {
      source,
      target,
      targetPartitions,
      replayId,
      channelId: channel,
      mode,
      isPurged: purged.isPurged,
      onFate: (lane, fate) => {
        counts.add(lane, fate);
        read += 1;
        progress.set(read);
      },
    },
  );
  progress.stop();
  if (interrupted.aborted) return undefined;
  return {
    ...counts.result(purged),
    partitioning: source.lanes.every(({ partitions }) => partitions === targetPartitions) ? 'same' : 'by-key',
    unchecked: [...unknown, ...unchecked],
  };
};

const open = async (work: Work, config: Config<'kafka'>) => {
  const topics = await openKafkaTopics(work, config);
  return { ...topics, clusterId: await topics.connection.run('asking for the cluster id', fetchClusterId) };
};

type OpenServers = Awaited<ReturnType<typeof open>> & { readonly names: TopicNames };

type Asked = EmitRequest & Places & { readonly source: EventSource };

/** Rejects if events of the range are purged, unless the caller asked to skip purged events. */
const checkPurged = async (work: Work, servers: OpenServers, request: Asked) => {
  const { source, from, to, channel: channelId } = request;
  const store = await openStore(work, servers, source, request);
  if (typeof store === 'string') return { purged: NOTHING, unchecked: [store] };
  const purged = await findPurged(store, { source, from, to, channelId });
  if (purged.count > 0 && !request.skipPurged) throw refusal(purged);
  return { purged, unchecked: [] };
};

const NOTHING: PurgedEvents = { count: 0, named: [], isPurged: () => false };

/** If Postgres cannot tell which events were purged, resolves with a sentence that says why. */
const openStore = async (
  work: Work,
  { reader, names, clusterId }: OpenServers,
  { facts }: EventSource,
  request: Pick<EmitRequest, 'database'>,
): Promise<PurgedDeps | string> => {
  if (!request.database) return 'purged events: --no-database leaves Postgres out';
  const scope = { clusterId: facts?.clusterId ?? clusterId, topic: facts?.topic ?? names.requested };
  const pool = await openDatabase(work, work.settings('database'));
  const leases = (await listLeases(pool, scope.topic)).filter((lease) => lease.clusterId === scope.clusterId);
  return leases.length === 0
    ? `purged events: Postgres knows nothing of ${scope.topic} in cluster ${scope.clusterId}`
    : { reader, pool, scope };
};

const refusal = ({ count: all, named }: PurgedEvents): Failure => {
  const lines = named.map(
    ({ type, channelId, runId, partition, offset, why }) =>
      `  ${type} of ${runId} in ${channelId}, decided at ${String(partition)}@${String(offset)}: ${WHY[why]}`,
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
  removed: 'the event is gone',
  forgotten: 'its personal data was forgotten',
} as const;

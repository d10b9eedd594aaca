/**
 * Writes events again, each once for a replay's id. What was written before is read from the target itself; the group's offset helps
 * only where the target's retention has removed its beginning.
 */
import type { KafkaClient } from '../../kafka/client.ts';
import { findCopiedRecords, type CopiedRecords } from '../../kafka/copied-records.ts';
import { openCopyLane, type CopyLane } from '../../kafka/copy-lane.ts';
import { createFinishedOffset, type FinishedOffset } from '../../kafka/finished-offset.ts';
import { createGroupOffsets } from '../../kafka/group-offsets.ts';
import { laneIdOf, replayGroupOf } from '../../kafka/joined-names.ts';
import type { EncodedRecord } from '../../kafka/log-record.ts';
import type { PartitionReader } from '../../kafka/partition-reader.ts';
import { partitionByKey } from '../../kafka/partitioner.ts';
import {
  identityOfEvent,
  replayedHeaders,
  streamOf,
  type EventIdentity,
} from '../../kafka/replayed-events.ts';
import { replayOf } from '../../kafka/source-position.ts';
import { createFates, type Fate } from './emit-fates.ts';
import type { EventLane, EventSource } from './emit-source.ts';

export type EmitDeps = {
  readonly client: KafkaClient;
  readonly reader: PartitionReader;
  readonly groupId: string;
  readonly interrupted: AbortSignal;
  readonly onClose: (close: () => Promise<void>) => void;
  readonly onFate: (lane: EventLane, fate: Fate) => void;
  readonly onCopied: (records: number) => void;
};

export type EmitRequest = {
  readonly source: EventSource;
  readonly target: string;
  readonly targetPartitions: number;
  readonly replayId: string;
  readonly channelId: string | undefined;
  readonly mode: 'dry' | 'send';
  readonly isPurged: (event: EventIdentity) => boolean;
};

/** Resolves when everything that was sent is committed. */
export const emitEvents = async (deps: EmitDeps, request: EmitRequest): Promise<void> => {
  const { interrupted, onFate } = deps;
  const { source, replayId } = request;
  const { lanes, sent } = await openLanes(deps, request);
  const fateOf = createFates({ ...request, sent: sent.found });
  const laneOf = new Map(lanes.map((lane) => [keyOf(lane.lane), lane]));

  for await (const events of source.events(lanes.map(({ from }) => from))) {
    for (const { type, record } of events) {
      if (interrupted.aborted) return;
      const lane = laneOf.get(keyOf(record));
      if (lane === undefined) continue;
      const fate = fateOf(type, record);
      if (fate === 'sent') {
        const copy = {
          partition: placeOf(record, lane.lane, request.targetPartitions),
          key: record.key,
          value: record.value,
          headers: replayedHeaders(record.headers, replayId),
        };
        await lane.copier?.take(copy);
      }
      if (fate === 'other-channel' || fate === 'purged') lane.finished.left(record.offset);
      else lane.finished.done(record.offset);
      onFate(lane.lane, fate);
    }
  }
  for (const { lane, finished } of lanes) finished.reached(lane.to);
  await Promise.all(lanes.flatMap(({ copier }) => copier?.finish() ?? []));
};

type OpenLane = {
  readonly lane: EventLane;
  readonly from: number;
  readonly finished: FinishedOffset;
  /** Without, nothing is written. */
  readonly copier: CopyLane | null;
};

/** Lanes fence whoever else emits the same, so what is then found in the target is all there is. */
const openLanes = async (
  deps: EmitDeps,
  { source, target, targetPartitions, replayId, mode }: EmitRequest,
): Promise<{ readonly lanes: readonly OpenLane[]; readonly sent: CopiedRecords }> => {
  const { client, reader, onClose, onCopied } = deps;
  const groupId = replayGroupOf(deps.groupId, target, replayId);
  const finishedIn = new Map<EventLane, FinishedOffset>();
  const copiers = await Promise.all(
    source.lanes.map(async (lane) => {
      if (mode === 'dry') return null;
      const { topic, partition } = lane;
      const copier = await openCopyLane({
        client,
        target,
        source: { topic, partition },
        transactionalId: laneIdOf(deps.groupId, 'emit', { topic, partition }, target),
        // The places in a file are no places of this cluster.
        ...(source.kind === 'topic' && {
          progress: { groupId, finished: () => finishedIn.get(lane)?.offset() ?? 0 },
        }),
        onCopied,
      });
      onClose(() => copier.stop());
      return copier;
    }),
  );
  const sent = await findCopiedRecords(
    reader,
    target,
    targetPartitions,
    () => 0,
    (headers) => {
      if (replayOf(headers) !== replayId) return null;
      const event = identityOfEvent(headers);
      return event === null ? null : { partition: streamOf(event), offset: event.source.offset };
    },
  );
  const known = source.kind === 'topic' ? await committedOf(deps, groupId, source.lanes) : null;
  const isTruncated = sent.lows.some((low) => low > 0);
  const bounds = known === null ? [] : await reader.bounds(source.lanes);
  const lanes = source.lanes.map((lane, index): OpenLane => {
    // A target that was created anew, or emptied, has forgotten what the group remembers; a truncated one has not.
    const committed = sent.count > 0 || isTruncated ? (known?.[index] ?? 0) : 0;
    const before = Math.max(bounds[index]?.low ?? 0, committed);
    const from = isTruncated ? Math.max(lane.from, before) : lane.from;
    const finished = createFinishedOffset(before, from);
    finishedIn.set(lane, finished);
    return { lane, from, finished, copier: copiers[index] ?? null };
  });
  return { lanes, sent };
};

const committedOf = async (
  { client, onClose }: EmitDeps,
  groupId: string,
  lanes: readonly EventLane[],
): Promise<readonly number[]> => {
  const offsets = createGroupOffsets(client, groupId);
  onClose(() => offsets.close());
  return Promise.all(
    lanes.map(
      async ({ topic, partition }) => (await offsets.committed(topic, [partition])).get(partition) ?? 0,
    ),
  );
};

/** The same partition where the topics are cut alike, so that whoever is assigned one reads the other's. */
const placeOf = ({ key, partition }: EncodedRecord, lane: EventLane, targetPartitions: number): number =>
  lane.partitions === targetPartitions ? partition : partitionByKey(key, partition, targetPartitions);

const keyOf = ({ topic, partition }: Pick<EncodedRecord, 'topic' | 'partition'>): string =>
  `${topic}/${String(partition)}`;

/**
 * Writes events again, each once under the id of a replay. The copies in the target show what was sent. Only if retention has removed the
 * start of the target, the group's offset shows where to resume.
 */
import { replayGroupOf } from '../../kafka/names/joined-names.ts';
import { findCopiedRecords } from '../../kafka/read/copied-records.ts';
import type { EncodedRecord } from '../../kafka/records/log-record.ts';
import { partitionByKey } from '../../wire/partitioner.ts';
import {
  identityOfEvent,
  replayedHeaders,
  streamOf,
  type EventIdentity,
} from '../../kafka/records/replayed-events.ts';
import { replayOf } from '../../kafka/records/source-position.ts';
import { copyOnce, type CopyDeps, type KnownProgress, type RangeStart } from '../copies/copy-once.ts';
import { createFates, type Fate } from './emit-fates.ts';
import type { EventLane, EventSource, SourceEvent } from './emit-source.ts';

export type EmitEventsRequest = {
  readonly source: EventSource;
  readonly target: string;
  readonly targetPartitions: number;
  readonly replayId: string;
  readonly channelId: string | undefined;
  readonly mode: 'dry' | 'send';
  readonly isPurged: (event: EventIdentity) => boolean;
  readonly onFate: (lane: EventLane, fate: Fate) => void;
};

/** Resolves when all copies are committed. */
export const emitEvents = async (deps: CopyDeps, request: EmitEventsRequest): Promise<void> => {
  const { source, target, targetPartitions, replayId, mode, onFate } = request;
  const laneOf = new Map(source.lanes.map((lane) => [keyOf(lane), lane]));
  await copyOnce(deps, {
    command: 'emit',
    ranges: source.lanes,
    target,
    progressGroup: source.kind === 'topic' ? replayGroupOf(deps.groupId, { target, replayId }) : null,
    mode,
    onVerdict: onFate,
    prepare: async (known) => {
      const sent = await findCopiedRecords(deps.reader, {
        topic: target,
        partitions: targetPartitions,
        from: () => 0,
        copiedFrom: (headers) => {
          if (replayOf(headers) !== replayId) return null;
          const event = identityOfEvent(headers);
          return event === null ? null : { partition: streamOf(event), offset: event.source.offset };
        },
      });
      const isTruncated = sent.lows.some((low) => low > 0);
      // Use the group's offset only if the target holds copies, or if retention removed them. Otherwise somebody may have emptied the
      // target or created it again, and the offset would skip events that the target lacks.
      const isRemembered = sent.count > 0 || isTruncated;
      const starts = source.lanes.map((lane, index) =>
        startOf(lane, known[index] ?? { low: 0, committed: 0 }, { isTruncated, isRemembered }),
      );
      const fateOf = createFates({ ...request, sent: sent.found });
      return {
        starts,
        candidates: source.events(starts.map(({ from }) => from)),
        judge: ({ type, record }: SourceEvent) => {
          const verdict = fateOf(type, record);
          const lane = laneOf.get(keyOf(record));
          const copy =
            verdict !== 'sent' || lane === undefined
              ? null
              : {
                  partition: placeOf(record, lane, targetPartitions),
                  key: record.key,
                  value: record.value,
                  headers: replayedHeaders(record.headers, replayId),
                };
          return { verdict, copy, isSettled: verdict !== 'other-channel' && verdict !== 'purged' };
        },
      };
    },
  });
};

const startOf = (
  lane: EventLane,
  { low, committed }: KnownProgress,
  { isTruncated, isRemembered }: { readonly isTruncated: boolean; readonly isRemembered: boolean },
): RangeStart => {
  const finished = Math.max(low, isRemembered ? committed : 0);
  return { finished, from: isTruncated ? Math.max(lane.from, finished) : lane.from };
};

/** If both topics have the same number of partitions, keeps the partition, so that one consumer gets both. Otherwise partitions by key. */
const placeOf = ({ key, partition }: EncodedRecord, lane: EventLane, targetPartitions: number): number =>
  lane.partitions === targetPartitions
    ? partition
    : partitionByKey(key, { partition, partitions: targetPartitions });

const keyOf = ({ topic, partition }: Pick<EncodedRecord, 'topic' | 'partition'>): string =>
  `${topic}/${String(partition)}`;

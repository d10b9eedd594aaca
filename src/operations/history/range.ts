import { count } from '../../domain/words/count.ts';
import type { GroupOffsets } from '../../kafka/read/group-offsets.ts';
import type { PartitionReader } from '../../kafka/read/partition-reader.ts';
import { topicMissing } from '../../kafka/topics/partition-counts.ts';
import { wrongUse } from '../../processor/failure.ts';
import type { HistoryRange } from '../../replay/history.ts';

/** A place in every partition of a topic. */
export type Where =
  | { readonly kind: 'earliest' | 'latest' | 'committed' }
  | { readonly kind: 'time'; readonly time: number }
  /** The same offset in every partition. */
  | { readonly kind: 'offset'; readonly offset: number }
  /** Offsets that the user names. A partition that the topic lacks is refused. */
  | { readonly kind: 'offsets'; readonly offsets: ReadonlyMap<number, number> }
  /** Positions that the program knows. Partitions that the topic lacks are left out. */
  | { readonly kind: 'positions'; readonly offsets: ReadonlyMap<number, number> };

/** Writes a place as the flags accept it. */
export const whereText = (place: Where): string => {
  switch (place.kind) {
    case 'earliest':
    case 'latest':
    case 'committed':
      return place.kind;
    case 'time':
      return new Date(place.time).toISOString();
    case 'offset':
      return String(place.offset);
    case 'offsets':
    case 'positions':
      return [...place.offsets]
        .map(([partition, offset]) => `${String(partition)}:${String(offset)}`)
        .join(',');
  }
};

/** Refuses an end that does not lie after the start: the command would read nothing, and report that there is nothing. */
export const refuseEmptyRange = (from: Where = { kind: 'earliest' }, to: Where | undefined): void => {
  if (to === undefined || !isBackwards(from, to)) return;
  throw wrongUse(
    `the range is empty: --to ${whereText(to)} is not after --from ${whereText(from)}. The record at --to is not included`,
  );
};

/** True if the end does not lie after the start. False if only a server could tell. */
const isBackwards = (from: Where, to: Where): boolean => {
  if (from.kind === 'latest' || to.kind === 'earliest') return true;
  if (from.kind === 'time' && to.kind === 'time') return to.time <= from.time;
  const begin = from.kind === 'offset' || from.kind === 'offsets' ? from : null;
  if (begin === null) return false;
  const beginOf = (partition: number): number =>
    begin.kind === 'offset' ? begin.offset : (begin.offsets.get(partition) ?? 0);
  if (to.kind === 'offsets') return [...to.offsets].every(([partition, end]) => end <= beginOf(partition));
  return to.kind === 'offset' && begin.kind === 'offset' && to.offset <= begin.offset;
};

export type RangeDeps = {
  readonly reader: PartitionReader;
  readonly offsets: GroupOffsets;
  readonly topic: string;
};

/** Resolves with the range of each partition between two places. `complete` is true if the range starts at offset 0. */
export const resolveRanges = async (
  { reader, offsets, topic }: RangeDeps,
  from: Where,
  to: Where,
): Promise<readonly HistoryRange[]> => {
  const length = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  if (length === 0) throw topicMissing(topic);
  for (const place of [from, to]) refuseMissingPartitions(topic, length, place);
  const partitions = Array.from({ length }, (_, partition) => ({ topic, partition }));
  const bounds = await reader.bounds(partitions);

  const resolve = async (place: Where): Promise<readonly number[]> => {
    switch (place.kind) {
      case 'earliest':
        return bounds.map(({ low }) => low);
      case 'latest':
        return bounds.map(({ stable }) => stable);
      case 'committed': {
        const committed = await offsets.committed(
          topic,
          partitions.map(({ partition }) => partition),
        );
        return bounds.map(({ partition, low }) => committed.get(partition) ?? low);
      }
      case 'time': {
        const atTime = await reader.offsetsForTime(partitions, place.time);
        return atTime.map(({ offset }) => offset);
      }
      case 'offset':
        return bounds.map(() => place.offset);
      case 'offsets':
      case 'positions':
        return bounds.map(({ partition, low }) => place.offsets.get(partition) ?? low);
    }
  };

  const [begins, ends] = await Promise.all([resolve(from), resolve(to)]);
  return bounds.map(({ partition, low, stable }, index) => {
    const begin = Math.min(Math.max(begins[index] ?? low, low), stable);
    const end = Math.min(Math.max(ends[index] ?? stable, begin), stable);
    return { partition, from: begin, to: end, complete: begin === 0 };
  });
};

const refuseMissingPartitions = (topic: string, partitions: number, place: Where): void => {
  if (place.kind !== 'offsets') return;
  const missing = [...place.offsets.keys()].find((partition) => partition >= partitions);
  if (missing !== undefined)
    throw wrongUse(
      `there is no partition ${String(missing)}: ${topic} has ${count(partitions, 'partition')}, numbered from 0`,
    );
};

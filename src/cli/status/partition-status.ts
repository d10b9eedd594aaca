import type { z } from 'zod';
import type { GroupMember } from '../../kafka/group-members.ts';
import { topicMissing } from '../../kafka/partition-counts.ts';
import type { PartitionReader, ReadRange } from '../../kafka/partition-reader.ts';
import type { TopicNames } from '../../kafka/topic-names.ts';
import type { PartitionLease } from '../../postgres/lease/leases.ts';
import type { partitionStatus } from '../json/run-lines.ts';
import type { GroupOffsets } from '../../kafka/group-offsets.ts';

/** How one partition of the input stands. */
export type PartitionStatus = z.infer<typeof partitionStatus>;

export type PartitionStatusDeps = {
  readonly reader: PartitionReader;
  readonly offsets: GroupOffsets;
  readonly names: TopicNames;
  readonly members: readonly GroupMember[];
  readonly leases: readonly PartitionLease[];
  /** Milliseconds. */
  readonly now: number;
};

/** Dead letters beyond this are not counted: it takes reading them. */
export const MOST_DEAD_LETTERS = 10_000;

export const partitionStatuses = async (deps: PartitionStatusDeps): Promise<readonly PartitionStatus[]> => {
  const { reader, offsets, names, members, leases, now } = deps;
  const topic = names.requested;
  const count = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  if (count === 0) throw topicMissing(topic);

  const partitions = Array.from({ length: count }, (_, partition) => partition);
  const committed = await offsets.committed(topic, partitions);
  const bounds = await reader.bounds(partitions.map((partition) => ({ topic, partition })));
  const deadLetters = await countDeadLetters(reader, names.deadLetters);

  return Promise.all(
    bounds.map(async ({ partition, low, stable: end }): Promise<PartitionStatus> => {
      const next = committed.get(partition) ?? null;
      const waiting = { topic, partition, from: Math.max(next ?? low, low), to: end };
      const oldest = await timestampOfFirst(reader, waiting);
      const owner = members.find((member) => member.partitions.includes(partition));
      return {
        topic,
        partition,
        owner: owner === undefined ? null : { clientId: owner.clientId, host: owner.host },
        epoch: leases.find((lease) => lease.partition === partition)?.epoch ?? null,
        committed: next,
        end,
        lagRecords: Math.max(0, end - waiting.from),
        lagSeconds: oldest === null ? 0 : Math.max(0, Math.round((now - oldest) / 1_000)),
        deadLetters: deadLetters.get(partition) ?? 0,
      };
    }),
  );
};

const timestampOfFirst = async (
  reader: PartitionReader,
  range: ReadRange & { to: number },
): Promise<number | null> => {
  if (range.from >= range.to) return null;
  for await (const { timestamp } of reader.read([range])) return timestamp;
  return null;
};

const countDeadLetters = async (
  reader: PartitionReader,
  topic: string,
): Promise<ReadonlyMap<number, number>> => {
  const count = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  const bounds = await reader.bounds(Array.from({ length: count }, (_, partition) => ({ topic, partition })));
  const ranges = bounds.map(({ low, stable, ...it }) => ({ ...it, from: low, to: stable }));
  const counts = new Map<number, number>();
  let total = 0;
  for await (const { partition } of reader.read(ranges)) {
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
    total += 1;
    if (total >= MOST_DEAD_LETTERS) break;
  }
  return counts;
};

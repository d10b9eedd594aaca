import type { z } from 'zod';
import type { GroupMember } from '../../kafka/group-members.ts';
import { topicMissing } from '../../kafka/partition-counts.ts';
import type { HeldBack } from '../../kafka/held-back.ts';
import type { TopicPartition } from '../../kafka/log-record.ts';
import { keyOf, type PartitionBounds } from '../../kafka/partition-offsets.ts';
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
  /** Partitions that no broker leads. */
  readonly leaderless?: readonly TopicPartition[];
  /** Milliseconds. */
  readonly now: number;
};

/** Dead letters beyond this are not counted: it takes reading them. */
export const MOST_DEAD_LETTERS = 10_000;

export const partitionStatuses = async (deps: PartitionStatusDeps): Promise<readonly PartitionStatus[]> => {
  const { reader, offsets, names, members, leases, leaderless = [], now } = deps;
  const topic = names.requested;
  const count = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  if (count === 0) throw topicMissing(topic);

  const partitions = Array.from({ length: count }, (_, partition) => partition);
  const committed = await offsets.committed(topic, partitions);
  const led = without(
    leaderless,
    partitions.map((partition) => ({ topic, partition })),
  );
  const bounds = new Map((await reader.bounds(led)).map((it) => [it.partition, it]));
  const held = [...bounds.values()].filter(({ stable, high }) => stable < high);
  const heldBack = held.length === 0 ? new Map<string, HeldBack>() : await reader.heldBack(held);
  const deadLetters = await countDeadLetters(reader, names.deadLetters, leaderless);

  return Promise.all(
    partitions.map(async (partition): Promise<PartitionStatus> => {
      const next = committed.get(partition) ?? null;
      const owner = members.find((member) => member.partitions.includes(partition));
      const back = heldBack.get(keyOf({ topic, partition }));
      return {
        topic,
        partition,
        owner: owner === undefined ? null : { clientId: owner.clientId, host: owner.host },
        epoch: leases.find((lease) => lease.partition === partition)?.epoch ?? null,
        committed: next,
        ...(await lagOf(reader, bounds.get(partition), { next, back, now })),
        deadLetters: deadLetters.get(partition) ?? 0,
        heldBack: back === undefined ? null : heldBackJson(back),
      };
    }),
  );
};

type Lag = Pick<PartitionStatus, 'end' | 'lagRecords' | 'lagSeconds'>;

const lagOf = async (
  reader: PartitionReader,
  bounds: PartitionBounds | undefined,
  { next, back, now }: { next: number | null; back: HeldBack | undefined; now: number },
): Promise<Lag> => {
  if (bounds === undefined) return { end: null, lagRecords: null, lagSeconds: null };
  const { topic, partition, low, stable, high } = bounds;
  const from = Math.max(next ?? low, low);
  const oldest =
    (await timestampOfFirst(reader, { topic, partition, from, to: stable })) ??
    back?.transactions[0]?.since ??
    null;
  return {
    end: high,
    lagRecords: Math.max(0, high - from),
    lagSeconds: oldest === null ? 0 : Math.max(0, Math.round((now - oldest) / 1_000)),
  };
};

const heldBackJson = ({ records, transactions }: HeldBack): NonNullable<PartitionStatus['heldBack']> => ({
  records,
  transactions: transactions.map(({ transactionalId, producerId, since }) => ({
    transactionalId,
    producerId,
    since: since === null ? null : new Date(since).toISOString(),
  })),
});

const without = (
  left: readonly TopicPartition[],
  all: readonly TopicPartition[],
): readonly TopicPartition[] => {
  const keys = new Set(left.map(keyOf));
  return all.filter((it) => !keys.has(keyOf(it)));
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
  leaderless: readonly TopicPartition[],
): Promise<ReadonlyMap<number, number>> => {
  const count = (await reader.partitionCounts([topic])).get(topic) ?? 0;
  const all = Array.from({ length: count }, (_, partition) => ({ topic, partition }));
  const bounds = await reader.bounds(without(leaderless, all));
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

import type { GroupMember } from '../../kafka/consume/group.ts';
import type { HeldBack } from '../../kafka/read/held-back.ts';
import type { TopicPartition } from '../../kafka/records/log-record.ts';
import { keyOf, partitionsOf, type PartitionBounds } from '../../kafka/topics/partition-offsets.ts';
import type { PartitionReader, ReadRange } from '../../kafka/read/partition-reader.ts';
import type { TopicNames } from '../../kafka/names/topic-names.ts';
import type { PartitionLease } from '../../postgres/lease/leases.ts';
import type { GroupOffsets } from '../../kafka/read/group-offsets.ts';

/** The state of one partition of the input. */
export type PartitionStatus = TopicPartition & {
  /** The group member that has the partition; null: none. */
  readonly owner: {
    readonly clientId: string;
    readonly host: string;
    /** The id, version and start of its process, as `status` shows them; null: the member does not say. */
    readonly instance: string | null;
    readonly version: string | null;
    readonly startedAt: string | null;
  } | null;
  /** The epoch of the lease; null if the partition never had a lease. */
  readonly epoch: number | null;
  /** The group's next offset; null if it has committed none. */
  readonly committed: number | null;
  /** One past the last record, even if the record cannot be read yet; null without a leader. */
  readonly end: number | null;
  /** Null without a leader. */
  readonly lagRecords: number | null;
  /** How many seconds the oldest record of the lag has been waiting; null without a leader. */
  readonly lagSeconds: number | null;
  /** How many records of the lag wait for open transactions, and the producers of these transactions; null: none. */
  readonly heldBack: {
    readonly records: number;
    readonly transactions: readonly {
      readonly transactionalId: string | null;
      readonly producerId: number;
      readonly since: string | null;
    }[];
  } | null;
  readonly deadLetters: number;
  /** What holds up the partition, in the words of the log of `serve`. Empty if nothing is known. */
  readonly alarms: readonly { readonly code: string; readonly message: string }[];
};

export type PartitionStatusDeps = {
  readonly reader: PartitionReader;
  readonly offsets: GroupOffsets;
  readonly names: TopicNames;
  /** The members of the consumer group, not of a channel. */
  readonly members: readonly GroupMember[];
  readonly leases: readonly PartitionLease[];
  /** How many partitions each topic has. */
  readonly counts: ReadonlyMap<string, number>;
  /** By partition. */
  readonly alarms: ReadonlyMap<number, PartitionStatus['alarms']>;
  /** Milliseconds since 1970. */
  readonly now: number;
};

/** Counts at most this many dead letters, because counting means reading them. */
export const MAX_DEAD_LETTERS = 10_000;

export const partitionStatuses = async (deps: PartitionStatusDeps): Promise<readonly PartitionStatus[]> => {
  const { reader, offsets, names, counts, members, leases, alarms, now } = deps;
  const topic = names.requested;
  const all = partitionsOf(topic, counts.get(topic) ?? 0);
  const committed = await offsets.committed(
    topic,
    all.map(({ partition }) => partition),
  );
  const letters = partitionsOf(names.deadLetters, counts.get(names.deadLetters) ?? 0);
  const leaderless = new Set((await reader.leaderless([...all, ...letters])).map(keyOf));
  const led = (partitions: readonly TopicPartition[]): readonly TopicPartition[] =>
    partitions.filter((partition) => !leaderless.has(keyOf(partition)));
  const bounds = new Map(
    (await reader.bounds(led(all))).map((partitionBounds) => [partitionBounds.partition, partitionBounds]),
  );
  const held = [...bounds.values()].filter(({ stable, high }) => stable < high);
  const heldBack = held.length === 0 ? new Map<string, HeldBack>() : await reader.heldBack(held);
  const deadLetters = await countDeadLetters(reader, led(letters));

  return Promise.all(
    all.map(async ({ partition }): Promise<PartitionStatus> => {
      const next = committed.get(partition) ?? null;
      const owner = members.find((member) => member.partitions.includes(partition));
      const back = heldBack.get(keyOf({ topic, partition }));
      return {
        topic,
        partition,
        owner: owner === undefined ? null : ownerJson(owner),
        epoch: leases.find((lease) => lease.partition === partition)?.epoch ?? null,
        committed: next,
        ...(await lagOf(reader, bounds.get(partition), { next, back, now })),
        deadLetters: deadLetters.get(partition) ?? 0,
        heldBack: back === undefined ? null : heldBackJson(back),
        alarms: [...(alarms.get(partition) ?? [])],
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

const ownerJson = ({ clientId, host, facts }: GroupMember): NonNullable<PartitionStatus['owner']> => ({
  clientId,
  host,
  instance: facts?.instance ?? null,
  version: facts?.version ?? null,
  startedAt: facts === null ? null : new Date(facts.startedAt).toISOString(),
});

const heldBackJson = ({ records, transactions }: HeldBack): NonNullable<PartitionStatus['heldBack']> => ({
  records,
  transactions: transactions.map(({ transactionalId, producerId, since }) => ({
    transactionalId,
    producerId,
    since: since === null ? null : new Date(since).toISOString(),
  })),
});

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
  letters: readonly TopicPartition[],
): Promise<ReadonlyMap<number, number>> => {
  const bounds = await reader.bounds(letters);
  const ranges = bounds.map(({ low, stable, ...partition }) => ({ ...partition, from: low, to: stable }));
  const counts = new Map<number, number>();
  let total = 0;
  for await (const { partition } of reader.read(ranges)) {
    counts.set(partition, (counts.get(partition) ?? 0) + 1);
    total += 1;
    if (total >= MAX_DEAD_LETTERS) break;
  }
  return counts;
};

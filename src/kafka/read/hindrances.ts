/** Asks the brokers why records of the input, or events in its outputs, cannot be read. */
import { OUTPUT_ROLES, type TopicNames } from '../names/topic-names.ts';
import type { Cluster } from '../patches/kafkajs-internals.ts';
import { TRANSACTION_TIMEOUT_MS } from '../produce/disposable-producer.ts';
import type { TopicPartition } from '../records/log-record.ts';
import { fetchPartitionCounts } from '../topics/partition-counts.ts';
import { fetchLedBounds, keyOf, type PartitionBounds } from '../topics/partition-offsets.ts';
import { fetchHeldBack, type HeldBack, heldBackText } from './held-back.ts';
import { createRecordAges, type RecordAges } from './record-ages.ts';

/** The end of a partition's records, and whether all its records and events can be read. */
export type PartitionContent = {
  readonly partition: number;
  /** One past the last record, whether it can be read or not; null without a leader. */
  readonly high: number | null;
  /** The input's hindrance first, if there is one, then those of the outputs. */
  readonly hindrances: readonly Hindrance[];
};

/** Why records of a partition cannot be read. */
export type Hindrance = {
  /** The partition of the input or of an output: `run.closed/3`. */
  readonly where: string;
  readonly code: 'INPUT_LEADERLESS' | 'INPUT_HELD_BACK' | 'OUTPUT_LEADERLESS' | 'OUTPUT_HELD_BACK';
  /** Says why the records cannot be read, since when, and what ends that. */
  readonly message: string;
  /** The first offset that cannot be read. */
  readonly from: number | null;
  /** How many records wait, as far as known. */
  readonly records: number;
  /** For how many milliseconds; null: unknown. */
  readonly lastsMs: number | null;
};

/** @param ages by partition, as `keyOf` names it; the same for all calls of a process */
export const fetchContents = async (
  cluster: Cluster,
  names: TopicNames,
  partitions: readonly number[],
  ages: RecordAges<string> = createRecordAges(),
): Promise<readonly PartitionContent[]> => {
  const input = partitions.map((partition) => ({ topic: names.requested, partition }));
  const { bounds, leaderless } = await fetchLedBounds(cluster, input);
  const heldBack = await fetchAgedHeldBack(cluster, bounds, ages);
  const outputHindrancesOf = await fetchOutputHindrances(cluster, names, partitions, ages);
  const led = bounds.map(({ topic, partition, high }): PartitionContent => {
    const where = keyOf({ topic, partition });
    const held = heldBack.get(where);
    const inputHindrances = held === undefined ? [] : [heldBackIn('INPUT_HELD_BACK', held, where)];
    return { partition, high, hindrances: [...inputHindrances, ...outputHindrancesOf(partition)] };
  });
  const notLed = leaderless.map(({ topic, partition }): PartitionContent => ({
    partition,
    high: null,
    hindrances: [leaderlessIn('INPUT_LEADERLESS', { topic, partition }), ...outputHindrancesOf(partition)],
  }));
  return [...led, ...notLed];
};

/** By partition. Leaves out output partitions that do not exist. */
const fetchOutputHindrances = async (
  cluster: Cluster,
  names: TopicNames,
  partitions: readonly number[],
  ages: RecordAges<string>,
): Promise<(partition: number) => readonly Hindrance[]> => {
  const counts = await fetchPartitionCounts(
    cluster,
    OUTPUT_ROLES.map((role) => names[role]),
  );
  const outputs = [...counts].flatMap(([topic, count]) =>
    partitions.filter((partition) => partition < count).map((partition) => ({ topic, partition })),
  );
  const { bounds, leaderless } = await fetchLedBounds(cluster, outputs);
  const heldBack = await fetchAgedHeldBack(cluster, bounds, ages);
  const outputHindrances = [
    ...leaderless.map((output) => [output.partition, leaderlessIn('OUTPUT_LEADERLESS', output)] as const),
    ...bounds.flatMap((output) => {
      const held = heldBack.get(keyOf(output));
      if (held === undefined || !isOpenTooLong(held)) return [];
      return [[output.partition, heldBackIn('OUTPUT_HELD_BACK', held, keyOf(output))] as const];
    }),
  ];
  return (partition) =>
    outputHindrances.flatMap(([hinderedPartition, hindrance]) =>
      hinderedPartition === partition ? [hindrance] : [],
    );
};

type AgedHeldBack = HeldBack & { readonly lastsMs: number | null };

/** Brokers report the start of each transaction by their clock. */
const fetchAgedHeldBack = async (
  cluster: Cluster,
  bounds: readonly PartitionBounds[],
  ages: RecordAges<string>,
): Promise<ReadonlyMap<string, AgedHeldBack>> => {
  const heldBack = await fetchHeldBack(cluster, bounds);
  const aged = [...heldBack].map(([key, held]) => {
    const timestamp = held.transactions[0]?.since ?? null;
    const lastsMs = timestamp === null ? null : ages.ageOf(key, { offset: held.from, timestamp });
    return [key, { ...held, lastsMs }] as const;
  });
  for (const partition of bounds) ages.sawEnd(keyOf(partition), partition.high);
  return new Map(aged);
};

/** Every batch holds an output back for a moment, but ends its transaction before this timeout. */
const isOpenTooLong = ({ lastsMs }: AgedHeldBack): boolean =>
  lastsMs !== null && lastsMs >= TRANSACTION_TIMEOUT_MS;

const heldBackIn = (
  code: 'INPUT_HELD_BACK' | 'OUTPUT_HELD_BACK',
  held: AgedHeldBack,
  where: string,
): Hindrance => ({
  where,
  code,
  message: heldBackText(where, held),
  from: held.from,
  records: held.records,
  lastsMs: held.lastsMs,
});

const leaderlessIn = (
  code: 'INPUT_LEADERLESS' | 'OUTPUT_LEADERLESS',
  partition: TopicPartition,
): Hindrance => ({
  where: keyOf(partition),
  code,
  message: `${keyOf(partition)}: the partition waits because no broker leads it: start a broker that has a copy of it`,
  from: null,
  records: 0,
  lastsMs: null,
});

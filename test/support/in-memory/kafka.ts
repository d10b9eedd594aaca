/**
 * Kafka as far as the processor can tell: partitions with their outputs, transactional ids with their epochs, and the group's offsets. A
 * state is a value, and each request returns the next state, so that a simulation can go back and try another step. If a broker refuses a
 * request, the function throws a `Failure`.
 */
import { Failure } from '../../../src/processor/failure.ts';
import type { EmittedValues, LogIdentity, InputRange } from '../../../src/processor/ports/input-log.ts';
import type { InputBatch, InputRecord } from '../../../src/processor/ports/input-record.ts';
import type { Emission } from '../../../src/processor/ports/output.ts';
import type { EventType } from '../../../src/wire/event-types.ts';

/** The visible result of one Kafka transaction: its records and the group's new offset. */
export type Committed = { readonly emissions: readonly Emission[]; readonly end: number };

type Transactional = {
  readonly epoch: number;
  /** Sent, and neither committed nor aborted yet. */
  readonly open: readonly Emission[];
};

export type Partition = {
  /** Changes each time that the topics are created. */
  readonly topicsId: string | null;
  /** Offsets without a record are markers. */
  readonly input: readonly InputRecord[];
  readonly low: number;
  readonly high: number;
  /** The transactions that a read-committed consumer sees in the outputs, in order. */
  readonly committed: readonly Committed[];
  readonly groupOffset: number | null;
  readonly transactional: Readonly<Record<string, Transactional>>;
  /** Output topics that lack the partition. */
  readonly missing: readonly { readonly topic: string; readonly partitions: number }[];
};

export type Kafka = { readonly partitions: readonly Partition[] };

/** The right to write under a transactional id, until another producer takes the id. */
export type ProducerIdentity = { readonly partition: number; readonly id: string; readonly epoch: number };

const EMPTY_PARTITION: Partition = {
  topicsId: 'first',
  input: [],
  low: 0,
  high: 0,
  committed: [],
  groupOffset: null,
  transactional: {},
  missing: [],
};

export const anEmptyKafka = (partitions = 1): Kafka => ({
  partitions: Array.from({ length: partitions }, () => EMPTY_PARTITION),
});

export const partitionOf = ({ partitions }: Kafka, partition: number): Partition => {
  const log = partitions[partition];
  if (log === undefined) throw new RangeError(`no partition ${partition}`);
  return log;
};

export const withPartition = (kafka: Kafka, partition: number, change: Partial<Partition>): Kafka => ({
  partitions: kafka.partitions.with(partition, { ...partitionOf(kafka, partition), ...change }),
});

/** Appends records; null stands for a marker. */
export const append = (
  kafka: Kafka,
  partition: number,
  ...records: readonly (Omit<InputRecord, 'offset' | 'timestamp'> | null)[]
): Kafka => {
  const { input, high } = partitionOf(kafka, partition);
  const appended = records.flatMap((record, index) =>
    record === null ? [] : [{ ...record, offset: high + index, timestamp: 0 }],
  );
  return withPartition(kafka, partition, { input: [...input, ...appended], high: high + records.length });
};

/** The result of a fetch from `first` up to `end`. */
export const fetch = (kafka: Kafka, partition: number, first: number, end?: number): InputBatch => {
  const { input, high } = partitionOf(kafka, partition);
  const to = Math.min(end ?? high, high);
  return { partition, first, end: to, records: input.filter(({ offset }) => offset >= first && offset < to) };
};

const transactionalOf = (kafka: Kafka, { partition, id }: Omit<ProducerIdentity, 'epoch'>): Transactional =>
  partitionOf(kafka, partition).transactional[id] ?? { epoch: 0, open: [] };

const withTransactional = (
  kafka: Kafka,
  { partition, id }: Omit<ProducerIdentity, 'epoch'>,
  change: Partial<Transactional>,
): Kafka =>
  withPartition(kafka, partition, {
    transactional: {
      ...partitionOf(kafka, partition).transactional,
      [id]: { ...transactionalOf(kafka, { partition, id }), ...change },
    },
  });

/** `InitProducerId`: aborts the open transaction of the id, and fences its former producer. A transaction timeout does the same. */
export const fence = (
  kafka: Kafka,
  partition: number,
  id: string,
  epoch = transactionalOf(kafka, { partition, id }).epoch + 1,
): { readonly kafka: Kafka; readonly identity: ProducerIdentity } => {
  return {
    kafka: withTransactional(kafka, { partition, id }, { epoch, open: [] }),
    identity: { partition, id, epoch },
  };
};

/** `Produce` and `TxnOffsetCommit`: nothing is visible yet. */
export const send = (kafka: Kafka, identity: ProducerIdentity, emissions: readonly Emission[]): Kafka => {
  const { open } = writable(kafka, identity);
  return withTransactional(kafka, identity, { open: [...open, ...emissions] });
};

/** `EndTxn`: the records and the offset become visible together. */
export const commit = (kafka: Kafka, identity: ProducerIdentity, end: number): Kafka => {
  const { open } = writable(kafka, identity);
  const { committed } = partitionOf(kafka, identity.partition);
  return withPartition(withTransactional(kafka, identity, { open: [] }), identity.partition, {
    committed: [...committed, { emissions: open, end }],
    groupOffset: end,
  });
};

/** Records of another writer to the partition, which one writer per output partition (R5) rules out. */
export const emitInto = (kafka: Kafka, partition: number, emissions: readonly Emission[]): Kafka => {
  const { committed, groupOffset } = partitionOf(kafka, partition);
  return withPartition(kafka, partition, {
    committed: [...committed, { emissions, end: groupOffset ?? 0 }],
  });
};

const writable = (kafka: Kafka, identity: ProducerIdentity): Transactional => {
  const standing = transactionalOf(kafka, identity);
  if (standing.epoch !== identity.epoch) {
    throw new Failure('fenced', 'PRODUCER_FENCED', 'a newer producer has this transactional id');
  }
  return standing;
};

/** Everything visible in the outputs, in order. */
export const visible = (kafka: Kafka, partition: number): readonly Emission[] =>
  partitionOf(kafka, partition).committed.flatMap(({ emissions }) => emissions);

/** Whether the group's offset is beyond the offsets that its own transactions have committed. */
export const claimsTooMuch = (kafka: Kafka, partition: number): boolean => {
  const { groupOffset, committed } = partitionOf(kafka, partition);
  return (groupOffset ?? 0) > Math.max(0, ...committed.map(({ end }) => end));
};

export const lastEmittedSource = (kafka: Kafka, partition: number): number | null => {
  const sources = visible(kafka, partition).map(sourceOf);
  return sources.length === 0 ? null : Math.max(...sources);
};

export const identityOf = (kafka: Kafka, partition: number): LogIdentity => {
  const { topicsId } = partitionOf(kafka, partition);
  return { clusterId: 'cluster', inputId: topicsId, outputsId: topicsId };
};

/** Deletes all topics and creates them again with these records. The group's offset may stay. */
export const recreate = (
  kafka: Kafka,
  partition: number,
  change: Pick<Partition, 'topicsId'> & Partial<Partition>,
  ...records: Parameters<typeof append>[2][]
): Kafka => {
  const transactional = Object.fromEntries(
    Object.entries(partitionOf(kafka, partition).transactional).map(([id, { epoch }]) => [
      id,
      { epoch, open: [] },
    ]),
  );
  const created = withPartition(kafka, partition, { ...EMPTY_PARTITION, transactional, ...change });
  return append(created, partition, ...records);
};

export const deadLettered = (kafka: Kafka, { partition, first, end }: InputRange): ReadonlySet<number> =>
  new Set(
    visible(kafka, partition)
      .filter(({ kind }) => kind === 'dead-letter')
      .map(sourceOf)
      .filter((source) => source >= first && source < end),
  );

export const emittedEvents = (
  kafka: Kafka,
  { partition, first, end }: InputRange,
): ReadonlyMap<number, EmittedValues> => {
  const events = new Map<number, EmittedValues>();
  for (const emission of visible(kafka, partition)) {
    const source = sourceOf(emission);
    if (emission.kind !== 'event' || source < first || source >= end) continue;
    events.set(source, { ...events.get(source), [emission.type]: emission.value });
  }
  return events;
};

/** The input offset that a record in the outputs names. */
export const sourceOf = (emission: Emission): number => {
  if (emission.kind === 'dead-letter') return emission.record.offset;
  const source = emission.headers.find(([name]) => name === 'source-offset')?.[1];
  return Number(source?.split('/').at(-1));
};

/** The body of a value, without magic byte and schema id. */
export const bodyOf = (value: Buffer): Buffer => value.subarray(5);

export const typeOf = (emission: Emission): EventType | 'dead-letter' =>
  emission.kind === 'event' ? emission.type : 'dead-letter';

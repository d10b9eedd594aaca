import { Failure } from '../../../src/processor/failure.ts';
import type {
  Bodies,
  Emission,
  InputBatch,
  InputLog,
  InputRecord,
  PartitionProducer,
  TransactionalOutput,
} from '../../../src/processor/ports.ts';

/** What one Kafka transaction made visible. */
export type Committed = { readonly emissions: readonly Emission[]; readonly end: number };

export type InMemoryCluster = {
  readonly output: TransactionalOutput;
  readonly log: InputLog;
  /** Everything committed, in order: what a read-committed consumer sees. */
  readonly committed: Committed[];
  /** The group's offset; tests set it as an operator would. */
  groupOffset: number | null;
  low: number;
  missing: { topic: string; partitions: number }[];
  append(...records: readonly Omit<InputRecord, 'offset' | 'timestamp'>[]): void;
  batch(first: number, end?: number): InputBatch;
  /** The next publish fails: before the broker commits, or after it, with the answer lost. */
  failNextPublish(when: 'before the commit' | 'after the commit'): void;
};

/** One partition of the input, its outputs, and the group's offset, with the broker's fencing. */
export const createInMemoryCluster = (sourceOf: (emission: Emission) => number): InMemoryCluster => {
  const records: InputRecord[] = [];
  let producerEpoch = 0;
  let failNext: 'before the commit' | 'after the commit' | null = null;

  const events = () => cluster.committed.flatMap(({ emissions }) => emissions);

  const fence = (partition: number): Promise<PartitionProducer> => {
    const epoch = ++producerEpoch;
    let broken = false;
    return Promise.resolve({
      partition,
      publish: (emissions, end) => {
        if (broken) throw new Error('a producer was used again after a failure');
        if (epoch !== producerEpoch) {
          broken = true;
          return Promise.reject(
            new Failure('fenced', 'PRODUCER_FENCED', 'a newer producer has this transactional id'),
          );
        }
        const fails = failNext;
        failNext = null;
        if (fails !== 'before the commit') {
          cluster.committed.push({ emissions, end });
          cluster.groupOffset = end;
        }
        if (fails === null) return Promise.resolve();
        broken = true;
        return Promise.reject(new Failure('transient', 'KAFKA_UNAVAILABLE', `connection lost ${fails}`));
      },
      dispose: () => {
        broken = true;
        return Promise.resolve();
      },
    });
  };

  const cluster: InMemoryCluster = {
    output: { fence },
    committed: [],
    groupOffset: null,
    low: 0,
    missing: [],
    append: (...more) => {
      for (const record of more) records.push({ ...record, offset: records.length, timestamp: 0 });
    },
    batch: (first, end = records.length) => ({
      partition: 0,
      first,
      end,
      records: records.slice(first, end),
    }),
    failNextPublish: (when) => {
      failNext = when;
    },
    log: {
      committedOffset: () => Promise.resolve(cluster.groupOffset),
      bounds: () => Promise.resolve({ low: cluster.low, high: records.length }),
      lastEmittedSource: () => {
        const sources = events().map(sourceOf);
        return Promise.resolve(sources.length === 0 ? null : Math.max(...sources));
      },
      emittedBodies: (_partition, first, end) => {
        const bodies = new Map<number, Bodies>();
        for (const emission of events()) {
          const source = sourceOf(emission);
          if (emission.kind !== 'event' || source < first || source >= end) continue;
          bodies.set(source, { ...bodies.get(source), [emission.type]: emission.value.subarray(5) });
        }
        return Promise.resolve(bodies);
      },
      partitionOf: () => 0,
      missingOutputs: () => Promise.resolve(cluster.missing),
    },
  };
  return cluster;
};

import { decideBatch } from './decide-batch.ts';
import type { Owed } from './decide-record.ts';
import { withEmittedBodies, keepDeadLettered, readEmitted, type EmittedBefore } from './emitted-before.ts';
import { emissionsOf } from './emissions.ts';
import type { Breakers } from './ports/breakers.ts';
import type { DecisionStore } from './ports/decision-store.ts';
import type { InputBatch } from './ports/input-record.ts';
import type { PartitionProducer } from './ports/output.ts';
import type { StageSeconds } from './ports/observer.ts';
import type { RecordCodec } from './ports/record-codec.ts';
import type { BatchTrace } from './ports/tracer.ts';
import { claimsOf, readBatch } from './read-batch.ts';
import type { Ownership } from './reconcile.ts';

export type CloseRunsDeps = {
  readonly store: DecisionStore;
  readonly codec: RecordCodec;
  readonly breakers: Breakers;
  readonly groupId: string;
  /** The input topic, with its prefix. */
  readonly topic: string;
};

/** A batch that is committed in Postgres. Its events and dead letters are not emitted yet. */
export type StoredBatch = {
  readonly owed: readonly Owed[];
  readonly end: number;
  readonly seconds: Omit<StageSeconds, 'emit'>;
};

export type CloseRuns = {
  /**
   * decode → decide → persist.
   * @param emitted set if Postgres lost commits (fold again and compare, R2 of docs/adr/0002-six-rules-for-effectively-once.md): the events
   * that were emitted for this batch. The batch is then stored only if its decisions agree with these events, and the emitted bodies are
   * stored, byte for byte.
   */
  decideAndStore(
    batch: InputBatch,
    ownership: Pick<Ownership, 'lease' | 'storedBefore' | 'inputKnownFrom'>,
    trace: BatchTrace,
    emitted?: EmittedBefore,
  ): Promise<StoredBatch>;
  /** emit: one Kafka transaction, which also commits the group's offset. */
  emit(stored: Omit<StoredBatch, 'seconds'>, producer: PartitionProducer, trace: BatchTrace): Promise<void>;
};

/** Processes one batch: one Postgres transaction, then one Kafka transaction. */
export const createCloseRuns = ({ store, codec, breakers, groupId, topic }: CloseRunsDeps): CloseRuns => ({
  decideAndStore: async (batch, { lease, storedBefore, inputKnownFrom }, trace, emitted) => {
    const { partition, records, first, end } = batch;
    const startedAt = performance.now();
    const decoded = await trace.step('decode', () =>
      breakers.run('registry', () => codec.decode(records.map((record) => record.value))),
    );
    const read = readBatch(records, decoded);
    const entries = emitted === undefined ? read : keepDeadLettered(read, emitted);
    const sourceOf = sourceIn(topic, partition);
    const emittedBodies = emitted && (await breakers.run('registry', () => readEmitted(codec, emitted)));
    const decodedAt = performance.now();
    // The sum of all attempts: slonik repeats a transaction that Postgres ended because of a deadlock.
    let deciding = 0;
    const { owed } = await trace.step('store', () =>
      breakers.run('postgres', () =>
        store.closeRuns(lease, { first, end, storedBefore }, claimsOf(entries), (state) =>
          trace.decide(() => {
            const decidingSince = performance.now();
            const decision = decideBatch({ entries, state, partition, codec, sourceOf, inputKnownFrom });
            const decided =
              emittedBodies === undefined ? decision : withEmittedBodies(decision, emittedBodies, sourceOf);
            deciding += performance.now() - decidingSince;
            return decided;
          }),
        ),
      ),
    );
    const storing = performance.now() - decodedAt - deciding;
    const seconds = {
      decode: (decodedAt - startedAt) / 1000,
      decide: deciding / 1000,
      store: storing / 1000,
    };
    return { owed, end, seconds };
  },

  emit: ({ owed, end }, producer, trace) =>
    trace.step('emit', async () => {
      const stored = owed.flatMap((item) =>
        item.kind === 'events' && item.writtenWith !== undefined ? [item.writtenWith] : [],
      );
      const frame = await breakers.run('registry', () => codec.framer(stored));
      const sourceOf = sourceIn(topic, producer.partition);
      const emissions = emissionsOf(owed, { groupId, frame, sourceOf, traceparentOf: trace.commands(owed) });
      await breakers.run('kafka', () => producer.publish(emissions, end));
    }),
});

/** A function from an input offset to the value of the `source-offset` header. Made once for a batch, since the prefix stays the same. */
const sourceIn = (topic: string, partition: number) => {
  const prefix = `${topic}/${String(partition)}/`;
  return (offset: number): string => prefix + String(offset);
};

import { decideBatch, type BatchDecision, type Owed } from './decide-batch.ts';
import { emissionsOf } from './emissions.ts';
import { Failure } from './failure.ts';
import type {
  Bodies,
  Breakers,
  DecisionStore,
  InputBatch,
  Lease,
  PartitionProducer,
  RecordCodec,
} from './ports.ts';
import { claimsOf, readBatch } from './read-batch.ts';

export type CloseRunsDeps = {
  readonly store: DecisionStore;
  readonly codec: RecordCodec;
  readonly breakers: Breakers;
  readonly groupId: string;
  /** The input topic, with its prefix. */
  readonly topic: string;
};

/** A batch that Postgres holds; what it owes is not out yet. */
export type StoredBatch = { readonly owed: readonly Owed[]; readonly end: number };

export type CloseRuns = {
  /**
   * decode → decide → persist. With `emitted`, the events that are out already: nothing is stored unless what is decided now
   * is what was emitted then (R2, after Postgres lost commits).
   */
  store(
    batch: InputBatch,
    under: { readonly lease: Lease; readonly storedBefore: number | null },
    emitted?: ReadonlyMap<number, Bodies>,
  ): Promise<StoredBatch>;
  /** emit: one Kafka transaction with the group's offset. */
  emit(stored: StoredBatch, producer: PartitionProducer): Promise<void>;
};

/** The way of one batch: one Postgres transaction, then one Kafka transaction. */
export const createCloseRuns = ({ store, codec, breakers, groupId, topic }: CloseRunsDeps): CloseRuns => ({
  store: async (batch, { lease, storedBefore }, emitted) => {
    const { partition, records, first, end } = batch;
    const decoded = await breakers.run('registry', () => codec.decode(records.map((record) => record.value)));
    const entries = readBatch(records, decoded);
    const sourceOf = sourceIn(topic, partition);
    const { owed } = await breakers.run('postgres', () =>
      store.closeRuns(lease, { first, end, storedBefore }, claimsOf(entries), (state) => {
        const decision = decideBatch(entries, state, partition, codec, sourceOf);
        if (emitted !== undefined) mustEqual(decision, emitted, sourceOf);
        return decision;
      }),
    );
    return { owed, end };
  },

  emit: async ({ owed, end }, producer) => {
    const frame = await breakers.run('registry', () => codec.framer());
    const emissions = emissionsOf(owed, groupId, frame, sourceIn(topic, producer.partition));
    await breakers.run('kafka', () => producer.publish(emissions, end));
  },
});

/** Made once a batch; the `source-offset` header's value for an input offset. */
const sourceIn = (topic: string, partition: number) => {
  const prefix = `${topic}/${String(partition)}/`;
  return (offset: number): string => prefix + String(offset);
};

const mustEqual = (
  decision: BatchDecision,
  emitted: ReadonlyMap<number, Bodies>,
  sourceOf: (offset: number) => string,
): void => {
  for (const item of decision.owed) {
    const now = item.kind === 'events' ? item.bodies : {};
    const then = emitted.get(item.record.offset) ?? {};
    if (!sameBodies(now, then)) {
      const source = sourceOf(item.record.offset);
      const message =
        Object.keys(then).length === 0
          ? `${source} was never emitted, though the group's offset lies beyond it: stop the group and put its offset back`
          : `${source} would now be decided otherwise than it was emitted: restore a backup that has the channel's policies of that time`;
      throw new Failure('fatal', 'STORED_EVENTS_DIFFER', message);
    }
  }
};

const sameBodies = (one: Bodies, other: Bodies): boolean =>
  (['run.closed', 'run.summary', 'run.close.rejected'] as const).every((type) => {
    const [a, b] = [one[type], other[type]];
    return a === undefined || b === undefined ? a === b : a.equals(b);
  });

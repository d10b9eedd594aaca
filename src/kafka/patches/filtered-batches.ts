import type { Patch } from './patch.ts';

type Batch = { isEmptyDueToFiltering(): boolean };
type EachBatch = (payload: never) => Promise<void>;

const FILTERED_BATCHES: unique symbol = Symbol.for('runclose.filtered-batches');

type Runner = {
  readonly running: boolean;
  readonly eachBatch?: EachBatch & { readonly [FILTERED_BATCHES]?: true };
  processEachBatch(batch: Batch): Promise<void>;
  handleBatch(batch: Batch): Promise<void>;
  heartbeat(): Promise<void>;
};

/** Marks a handler that wants batches whose messages were all filtered out, as batches without messages. */
export const withFilteredBatches = <H extends (payload: never) => Promise<void>>(eachBatch: H): H =>
  Object.assign(eachBatch, { [FILTERED_BATCHES]: true as const });

/**
 * kafkajs resolves a batch of only markers and aborted records without calling the handler, so the next batch starts after the offset that
 * the handler expects. With this patch, a marked handler gets such a batch without records, and moves its cursor and the group's offset as
 * for any other batch.
 */
export const filteredBatches: Patch = {
  module: 'consumer/runner.js',
  apply: (runner: { prototype: Runner }) => {
    const handleBatch = Reflect.get(runner.prototype, 'handleBatch');
    runner.prototype.handleBatch = async function (this: Runner, batch) {
      if (this.eachBatch?.[FILTERED_BATCHES] !== true || !this.running || !batch.isEmptyDueToFiltering()) {
        return handleBatch.call(this, batch);
      }
      await this.processEachBatch(batch);
      return this.heartbeat();
    };
    return runner;
  },
};

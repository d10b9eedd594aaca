import type { Patch } from './patch.ts';

type Batch = { isEmptyDueToFiltering(): boolean };
type EachBatch = (payload: never) => Promise<void>;

type Runner = {
  readonly running: boolean;
  readonly eachBatch?: EachBatch & { readonly [FILTERED_BATCHES]?: true };
  processEachBatch(batch: Batch): Promise<void>;
  handleBatch(batch: Batch): Promise<void>;
  heartbeat(): Promise<void>;
};

const FILTERED_BATCHES: unique symbol = Symbol.for('runclose.filtered-batches');

/** The handler shall see batches that nothing is left of, as batches without messages. */
export const withFilteredBatches = <H extends (payload: never) => Promise<void>>(eachBatch: H): H =>
  Object.assign(eachBatch, { [FILTERED_BATCHES]: true as const });

/**
 * A batch of nothing but markers and aborted records is resolved without calling the handler, so the next one starts above what
 * the handler has seen. Handed over without records, it moves the handler's cursor and the group's offset like any other.
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

import type { BatchHandler, Handled, Membership } from '../../src/processor/ports/batch-handler.ts';
import type { InputBatch } from '../../src/processor/ports/input-record.ts';

export type RecordingHandler = BatchHandler & {
  readonly batches: InputBatch[];
  readonly assignments: (readonly number[])[];
  drained: boolean;
  /** The answer to a batch; by default, continue. */
  answer: (batch: InputBatch, membership: Membership) => Promise<Handled> | Handled;
  /** Values in the order they came. */
  values(partition?: number): string[];
};

/** A batch handler that takes everything and remembers it. */
export const createRecordingHandler = (): RecordingHandler => {
  const handler: RecordingHandler = {
    batches: [],
    assignments: [],
    drained: false,
    answer: () => ({ kind: 'continue' }),
    handle: async (batch, membership) => {
      handler.batches.push(batch);
      return handler.answer(batch, membership);
    },
    assigned: (partitions) => {
      handler.assignments.push(partitions);
    },
    drain: () => {
      handler.drained = true;
      return Promise.resolve();
    },
    values: (partition) =>
      handler.batches
        .filter((batch) => partition === undefined || batch.partition === partition)
        .flatMap(({ records }) => records.map(({ value }) => String(value))),
  };
  return handler;
};

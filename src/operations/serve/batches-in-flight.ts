import { failureOf, passesInTime } from '../../processor/failure.ts';
import type { BatchHandler } from '../../processor/ports/batch-handler.ts';
import type { InputBatch } from '../../processor/ports/input-record.ts';
import type { Observer } from '../../processor/ports/observer.ts';

export type BatchesInFlight = {
  /** Hears of retries: if it is known why a batch is tried again, the batch is not stuck. */
  readonly observer: Pick<Observer, 'retrying'>;
  /** The handler; its batches are followed. */
  watch(handler: BatchHandler): BatchHandler;
  /** The partition of each batch in flight. */
  partitions(): readonly number[];
  /** By partition, the code of the failure that explains why a batch is tried again. */
  retried(): ReadonlyMap<number, string>;
};

type Retry = { readonly code: string; readonly at: number };

/** A try with all its timeouts takes less. */
const RETRY_EXPLAINS_MS = 60_000;

/** Knows which batches are in flight, and why they are tried again. */
export const createBatchesInFlight = (): BatchesInFlight => {
  const inFlight = new Map<InputBatch, Retry | null>();
  return {
    observer: {
      retrying: ({ partition, failure }) => {
        const known = failureOf(failure);
        // A server's or somebody else's doing. To be fenced again and again is not: then a new start may help.
        const retry = passesInTime(known) ? { code: known.code, at: performance.now() } : null;
        for (const batch of inFlight.keys()) if (batch.partition === partition) inFlight.set(batch, retry);
      },
    },
    watch: (handler) => ({
      handle: async (batch, membership) => {
        inFlight.set(batch, null);
        try {
          return await handler.handle(batch, membership);
        } finally {
          inFlight.delete(batch);
        }
      },
      assigned: (partitions) => {
        handler.assigned(partitions);
      },
      drain: () => handler.drain(),
    }),
    partitions: () => [...inFlight.keys()].map(({ partition }) => partition),
    retried: () => {
      const since = performance.now() - RETRY_EXPLAINS_MS;
      return new Map(
        [...inFlight].flatMap(([{ partition }, retry]) =>
          retry !== null && retry.at > since ? [[partition, retry.code] as const] : [],
        ),
      );
    },
  };
};

import { failureOf, passesInTime } from '../../processor/failure.ts';
import type { BatchHandler } from '../../processor/ports/batch-handler.ts';
import type { InputBatch } from '../../processor/ports/input-record.ts';
import type { Observer } from '../../processor/ports/observer.ts';

export type BatchesInFlight = {
  /** Observes retries: a batch that is retried for a known reason is not stuck. */
  readonly observer: Pick<Observer, 'retrying'>;
  /** Wraps the handler, to record which batches are in flight. */
  watch(handler: BatchHandler): BatchHandler;
  /** The partition of each batch in flight. */
  partitions(): readonly number[];
  /** By partition, the code of the failure that explains why a batch is retried. */
  retried(): ReadonlyMap<number, string>;
};

type Retry = { readonly code: string; readonly at: number };

/** For this long, a failure explains why a batch is in flight. One attempt with all its timeouts takes less. */
const RETRY_EXPLAINS_MS = 60_000;

/** Records which batches are in flight, and why they are retried. */
export const createBatchesInFlight = (): BatchesInFlight => {
  const inFlight = new Map<InputBatch, Retry | null>();
  return {
    observer: {
      retrying: ({ partition, failure }) => {
        const known = failureOf(failure);
        // Only failures with an outside cause explain a retry. Being fenced again and again does not: a restart may help then.
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

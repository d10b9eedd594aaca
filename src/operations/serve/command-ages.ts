import type { BatchHandler, Handled } from '../../processor/ports/batch-handler.ts';
import type { InputBatch } from '../../processor/ports/input-record.ts';
import type { Observer } from '../../processor/ports/observer.ts';

export type CommandAges = {
  /** Observes which part of a batch is emitted. */
  readonly observer: Pick<Observer, 'batchDone'>;
  /** Wraps the handler, to see which commands wait. */
  watch(handler: BatchHandler): BatchHandler;
  /** A check has found this record waiting, and no batch holds it. `timestamp` is in milliseconds since 1970. */
  found(partition: number, record: { readonly offset: number; readonly timestamp: number }): void;
  /** The group's offset says that everything below `next` is done. */
  reached(partition: number, next: number): void;
  /** The age of the partition's oldest known command whose outcome is not final, in milliseconds; 0 if none is known. */
  ageOf(partition: number): number;
  /** True if a command of the partition is known to wait. */
  isKnown(partition: number): boolean;
};

type Clock = {
  /** Milliseconds since 1970. May jump. */
  readonly now: () => number;
  /** Milliseconds, never jumps. */
  readonly elapsed: () => number;
};

type Waiting = { readonly offset: number; readonly ageMs: number; readonly seenAt: number };

/**
 * Measures how long the oldest command of each partition has waited. The age at first sight comes from the wall clock and is at least 0.
 * From then on, a clock that never jumps adds to it.
 */
export const createCommandAges = (
  clock: Clock = { now: () => Date.now(), elapsed: () => performance.now() },
): CommandAges => {
  const oldest = new Map<number, Waiting>();
  const inFlight = new Map<number, InputBatch>();

  const see = (partition: number, record: { readonly offset: number; readonly timestamp: number }): void => {
    if (oldest.get(partition)?.offset === record.offset) return;
    oldest.set(partition, {
      offset: record.offset,
      ageMs: Math.max(0, clock.now() - record.timestamp),
      seenAt: clock.elapsed(),
    });
  };

  const reached = (partition: number, next: number): void => {
    if ((oldest.get(partition)?.offset ?? next) < next) oldest.delete(partition);
  };

  const ended = ({ partition, end }: InputBatch, handled: Handled): void => {
    switch (handled.kind) {
      case 'continue':
        reached(partition, end);
        break;
      case 'seek':
      case 'stopped':
        reached(partition, handled.offset);
        break;
      case 'rejoin':
        break;
    }
  };

  return {
    observer: {
      batchDone: ({ partition, end }) => {
        const next = inFlight.get(partition)?.records.find(({ offset }) => offset >= end);
        if (next === undefined) reached(partition, end);
        else see(partition, next);
      },
    },
    watch: (handler) => ({
      ...handler,
      handle: async (batch, membership) => {
        const [first] = batch.records;
        inFlight.set(batch.partition, batch);
        if (first !== undefined) see(batch.partition, first);
        try {
          const handled = await handler.handle(batch, membership);
          ended(batch, handled);
          return handled;
        } finally {
          if (inFlight.get(batch.partition) === batch) inFlight.delete(batch.partition);
        }
      },
    }),
    found: see,
    reached,
    ageOf: (partition) => {
      const it = oldest.get(partition);
      return it === undefined ? 0 : it.ageMs + (clock.elapsed() - it.seenAt);
    },
    isKnown: (partition) => oldest.has(partition),
  };
};

import type { BatchHandler, Handled } from '../../processor/ports/batch-handler.ts';
import type { InputBatch } from '../../processor/ports/input-record.ts';
import type { Observer } from '../../processor/ports/observer.ts';
import { type AgeClock, createRecordAges, type WaitingRecord } from '../../kafka/read/record-ages.ts';

export type CommandAges = {
  /** Observes which part of a batch is emitted. */
  readonly observer: Pick<Observer, 'batchDone'>;
  /** Wraps the handler, to see which commands wait. */
  watch(handler: BatchHandler): BatchHandler;
  /** A check has found this record waiting, and no batch holds it. */
  found(partition: number, record: WaitingRecord): void;
  /** The partition's log ends here now. */
  sawEnd(partition: number, end: number): void;
  /** The group's offset says that everything below `next` is done. */
  reached(partition: number, next: number): void;
  /** The age of the partition's oldest known command whose outcome is not final, in milliseconds; 0 if none is known. */
  ageOf(partition: number): number;
  /** True if a command of the partition is known to wait. */
  isKnown(partition: number): boolean;
};

/** Measures how long the oldest command of each partition has waited. */
export const createCommandAges = (clock?: AgeClock): CommandAges => {
  const ages = createRecordAges<number>(clock);
  const oldest = new Map<number, WaitingRecord>();
  const inFlight = new Map<number, InputBatch>();

  const noteOldest = (partition: number, { offset, timestamp }: WaitingRecord): void => {
    oldest.set(partition, { offset, timestamp });
    // The age begins at first sight, not when somebody asks for it.
    ages.ageOf(partition, { offset, timestamp });
  };

  const reached = (partition: number, next: number): void => {
    if ((oldest.get(partition)?.offset ?? next) < next) oldest.delete(partition);
  };

  const forgetHandled = ({ partition, end }: InputBatch, handled: Handled): void => {
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
        else noteOldest(partition, next);
      },
    },
    watch: (handler) => ({
      ...handler,
      handle: async (batch, membership) => {
        const [first] = batch.records;
        inFlight.set(batch.partition, batch);
        if (first !== undefined) noteOldest(batch.partition, first);
        try {
          const handled = await handler.handle(batch, membership);
          forgetHandled(batch, handled);
          return handled;
        } finally {
          if (inFlight.get(batch.partition) === batch) inFlight.delete(batch.partition);
        }
      },
    }),
    found: noteOldest,
    sawEnd: ages.sawEnd,
    reached,
    ageOf: (partition) => {
      const command = oldest.get(partition);
      return command === undefined ? 0 : ages.ageOf(partition, command);
    },
    isKnown: (partition) => oldest.has(partition),
  };
};

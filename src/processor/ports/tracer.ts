import type { Owed } from '../decide-record.ts';
import type { TraceparentOf } from '../emissions.ts';
import type { InputBatch } from './input-record.ts';

/** Records how batches and their commands are processed. Never throws, and records no personal data. */
export interface Tracer {
  /** Runs the work on a batch. Its trace ends when the work settles. */
  batch<T>(batch: InputBatch, work: (trace: BatchTrace) => Promise<T>): Promise<T>;
}

/** `decode` asks the registry if a schema is not known yet, `store` is the Postgres transaction, and `emit` the Kafka transaction. */
export type Step = 'decode' | 'store' | 'emit';

export interface BatchTrace {
  /** Undefined if the batch is not recorded. */
  readonly traceId: string | undefined;
  /** Runs a step of the batch. */
  step<T>(step: Step, work: () => Promise<T>): Promise<T>;
  /** Decides the commands, inside the step `store`. */
  decide<T>(work: () => T): T;
  /**
   * Starts to record the commands of the batch, which end with the batch. Returns the `traceparent` of their events: the command's span, or
   * what the command carries itself if its span is not recorded.
   */
  commands(owed: readonly Owed[]): TraceparentOf;
}

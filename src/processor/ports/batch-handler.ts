import type { Alarm } from '../alarm.ts';
import type { InputBatch } from './input-record.ts';

/** The consumer's membership in the group, as a handler of batches sees it. */
export type Membership = {
  readonly generation: number;
  /** False once the group has moved to another generation, or the consumer is stopping. */
  isCurrent(): boolean;
  /** Keeps the membership alive. Rejects with a fenced failure when the group rebalances, a transient one without a broker. */
  heartbeat(): Promise<void>;
};

/** What the consumer must do next for the partition of a batch that was handled. */
export type Handled =
  /** Everything below the batch's end is stored and emitted. */
  | { readonly kind: 'continue' }
  /** Continue reading at this offset. */
  | { readonly kind: 'seek'; readonly offset: number }
  /** Pause the partition. After a while, hand in a batch from this offset again: the alarm may have been resolved. */
  | { readonly kind: 'stopped'; readonly offset: number; readonly alarm: Alarm }
  /** A newer generation owns the partition: join the group again. */
  | { readonly kind: 'rejoin' };

export interface BatchHandler {
  /**
   * Decides, stores and emits one batch, and retries during outages. Resolves when the batch is done, or when the consumer must do
   * something else first (`Handled`). Calls for one partition run one after another, calls for different partitions side by side. Rejects
   * with a fatal `Failure`.
   */
  handle(batch: InputBatch, membership: Membership): Promise<Handled>;
  /** The group has assigned exactly these partitions to this member. The handler releases all others. */
  assigned(partitions: readonly number[]): void;
  /** Finishes the batches in flight, records how far their events are emitted, and releases every partition. */
  drain(): Promise<void>;
}

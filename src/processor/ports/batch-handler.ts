import type { Alarm } from '../alarm.ts';
import type { InputBatch } from './input-record.ts';

/** What one handling of a batch may ask of its consumer. */
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
  /** Read on at this offset instead. */
  | { readonly kind: 'seek'; readonly offset: number }
  /** Pause the partition, and hand in again from this offset after a while: the alarm may have been resolved. */
  | { readonly kind: 'stopped'; readonly offset: number; readonly alarm: Alarm }
  /** A newer generation owns the partition: join the group again. */
  | { readonly kind: 'rejoin' };

export interface BatchHandler {
  /**
   * Brings one batch all the way through. Resolves only when nothing is left to do for it; waits out outages inside. Calls for
   * one partition are handled one after another, calls for different partitions side by side. Rejects with a fatal `Failure`.
   */
  handle(batch: InputBatch, membership: Membership): Promise<Handled>;
  /** The group has given this member exactly these partitions; what was kept for others is dropped. */
  assigned(partitions: readonly number[]): void;
  /** Finishes what is under way, records what is emitted, and lets go of every partition. */
  drain(): Promise<void>;
}

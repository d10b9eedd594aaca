import type { InputRecord } from './input-record.ts';
import type { Poison } from './record-codec.ts';
import type { EventType } from '../../wire/event-types.ts';

/**
 * One record for an output topic. It goes to the partition that its command came from: one writer per output partition (R5 of
 * docs/adr/0002-six-rules-for-effectively-once.md).
 */
export type Emission =
  | {
      readonly kind: 'event';
      readonly type: EventType;
      readonly key: Buffer | null;
      /** In the wire format. */
      readonly value: Buffer;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  | { readonly kind: 'dead-letter'; readonly record: InputRecord; readonly poison: Poison };

/** The transactional producer of one partition. Disposable: after any failure it is never used again (R4). */
export interface PartitionProducer {
  readonly partition: number;
  /**
   * One Kafka transaction: the emissions, in order, and the group's offset `end`. After a failure it is unknown whether the broker
   * committed; only `InputLog` can tell. `RECORD_TOO_LARGE` and `RECORD_REFUSED`: one of the emissions can never be written.
   */
  publish(emissions: readonly Emission[], end: number): Promise<void>;
  /** Never rejects. */
  dispose(): Promise<void>;
}

export interface TransactionalOutput {
  /** `InitProducerId` under the partition's stable transactional id: fences the former owner and ends its transaction. */
  fence(partition: number): Promise<PartitionProducer>;
}

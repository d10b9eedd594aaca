import type { LogIdentity } from './input-log.ts';

export type Lease = {
  readonly clusterId: string;
  readonly partition: number;
  readonly epoch: number;
  readonly holder: string;
};

/** A process that asks for the lease of a partition. */
export type Applicant = {
  readonly partition: number;
  /** A UUID, new for each lease. */
  readonly holder: string;
  /** The group's generation in which the process got the partition. */
  readonly generation: number;
  readonly log: LogIdentity;
};

export type LeaseGrant =
  | {
      readonly kind: 'granted';
      readonly lease: Lease;
      /** One past the last stored input offset; null: nothing is stored. */
      readonly nextOffset: number | null;
      /** Everything below is known to be emitted; null: nothing is known. May lag by one batch. */
      readonly emittedThrough: number | null;
      /** An operator has skipped all input below this offset; 0: none. */
      readonly skippedBefore: number;
      /**
       * The log was once seen to end before the last stored offset. Its positions no longer match the stored ones, however long the log is
       * now.
       */
      readonly isCutShort: boolean;
      /** This log replaced another one, and none of its records is stored yet. The group's offset may still belong to the former log. */
      readonly isNewLog: boolean;
      /**
       * The first offset whose stored decisions surely belong to this topic, because its id was known when they were stored. Null: unknown
       * for all decisions.
       */
      readonly inputKnownFrom: number | null;
    }
  /** The lease belongs to another log: positions of this log mean nothing in the store (`adopt-cluster`, `adopt-topics`). */
  | {
      readonly kind: 'other-log';
      readonly differs: 'cluster' | 'input' | 'outputs';
      /** The ids that the store knows. */
      readonly known: string;
    }
  /** A newer generation of the group holds the lease. */
  | { readonly kind: 'refused'; readonly generation: number };

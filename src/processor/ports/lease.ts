export type Lease = {
  readonly clusterId: string;
  readonly partition: number;
  readonly epoch: number;
  readonly holder: string;
};

export type LeaseGrant =
  | {
      readonly kind: 'granted';
      readonly lease: Lease;
      /** One past the last input offset stored; null where nothing is. */
      readonly nextOffset: number | null;
      /** Everything below is known to be emitted; null: nothing is known. May lag by one batch. */
      readonly emittedThrough: number | null;
      /** An operator has given up all input below this offset; 0 where none is. */
      readonly givenUpBefore: number;
      /** The log was once seen to end before what is stored: since then its positions are others, however long the log is now. */
      readonly isCutShort: boolean;
      /** This log replaced another one, and nothing of it is stored yet: the group's offset may still be that of the former log. */
      readonly isNewLog: boolean;
      /**
       * The first offset whose stored decisions surely belong to this topic, because its id was known when they were stored. Null: unknown for
       * all decisions.
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
  /** A newer generation of the group holds it. */
  | { readonly kind: 'refused'; readonly generation: number };

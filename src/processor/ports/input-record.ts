import type { Headers } from '../../wire/headers.ts';

/**
 * The files of this folder are the processor's ports. The edges implement them over real servers, and the simulation in memory. Every port
 * rejects with a `Failure` and nothing else. Offsets are safe integers.
 */
export type InputRecord = {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since 1970, as the broker reported it. */
  readonly timestamp: number;
  readonly headers: Headers;
  /** Why the record cannot be read; then key, value and headers are empty. */
  readonly unreadable?: string;
};

/** A contiguous range of one partition, `first` ≤ offset < `end`. Offsets without a record were markers or aborted. */
export type InputBatch = {
  readonly partition: number;
  readonly first: number;
  readonly end: number;
  readonly records: readonly InputRecord[];
};

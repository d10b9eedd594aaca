import type { EventType } from '../../wire/event-types.ts';

/**
 * The logs behind the topics' names. A cluster that was set up again has another id, and so has a topic that was deleted and created again.
 * Null: the brokers report no topic ids.
 */
export type LogIdentity = {
  readonly clusterId: string;
  readonly inputId: string | null;
  /** One id for all output topics together. */
  readonly outputsId: string | null;
};

/** Input offsets of a partition: `first` ≤ offset < `end`. */
export type InputRange = { readonly partition: number; readonly first: number; readonly end: number };

/** The facts in Kafka itself: the truth about what was read and emitted. */
export interface InputLog {
  /**
   * Asks the broker that leads the input partition on each call. Records that were fetched before this call belong to the log in the answer
   * or to an older one.
   */
  identity(partition: number): Promise<LogIdentity>;
  /** The group's committed offset; null: none. */
  committedOffset(partition: number): Promise<number | null>;
  /** The input partition's first offset, and one past its last. */
  bounds(partition: number): Promise<{ readonly low: number; readonly high: number }>;
  /** The greatest input offset that any read-committed record in this partition of the output topics names, or null. */
  lastEmittedSource(partition: number): Promise<number | null>;
  /** The offsets in this range whose records are among the dead letters. */
  deadLettered(range: InputRange): Promise<ReadonlySet<number>>;
  /**
   * Every read-committed event of the output partition whose source offset lies in this range, by source offset and type, in the wire
   * format. Decisions are compared with these events after Postgres lost commits (fold again and compare, R2 of
   * docs/adr/0002-six-rules-for-effectively-once.md).
   */
  emittedEvents(range: InputRange): Promise<ReadonlyMap<number, EmittedValues>>;
  /** The partition that the default partitioner chooses for a key, given the number of partitions last seen. */
  partitionOf(key: Buffer): number;
  /** Empty: nothing is missing. */
  missingOutputs(partition: number): Promise<readonly MissingOutput[]>;
}

/** An output topic that lacks a partition of the input. */
export type MissingOutput = { readonly topic: string; readonly partitions: number };

/** A command's events, in the wire format. */
export type EmittedValues = Partial<Readonly<Record<EventType, Buffer>>>;

/**
 * What the processor needs of the world. The edges implement these (kafka/, avro/, postgres/, resilience/); the simulation
 * does so in memory. Every port rejects with a `Failure` and nothing else; offsets are safe integers.
 */
import type { ChannelPolicy } from '../domain/channel-policy.ts';
import type { Ledger, LedgerHead, Member } from '../domain/ledger.ts';
import type { RunClosed, RunCloseRejected, RunCloseRequested, RunSummary } from '../domain/records.ts';
import type { ClosedBy } from '../domain/rejection.ts';
import type { Alarm, RecordedAlarm } from './alarm.ts';

// ---- records in ------------------------------------------------------------------------------------------------------

/** In the order they stood in the record; names may repeat and values may be null. */
export type Headers = readonly (readonly [name: string, value: Buffer | null])[];

export type InputRecord = {
  readonly offset: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds, as the broker gave it. */
  readonly timestamp: number;
  readonly headers: Headers;
  /** Why the record cannot be read; then key, value and headers are empty. */
  readonly unreadable?: string;
};

/** A contiguous stretch of one partition, `first` ≤ offset < `end`. Offsets without a record were markers or aborted. */
export type InputBatch = {
  readonly partition: number;
  readonly first: number;
  readonly end: number;
  readonly records: readonly InputRecord[];
};

// ---- avro ------------------------------------------------------------------------------------------------------------

/** Why a record can never be decoded. */
export type Poison = {
  /** `NULL_VALUE`, `TOO_SHORT`, `WRONG_MAGIC_BYTE`, `UNKNOWN_SCHEMA_ID`, `UNDECODABLE`, `UNREADABLE_BATCH`, `SKIPPED`. */
  readonly code: string;
  readonly message: string;
  /** An operator has skipped the record: when, in RFC 3339, and who, if known. */
  readonly skipped?: { readonly at: string; readonly by: string | null };
};

export type Decoded =
  | { readonly kind: 'command'; readonly command: RunCloseRequested }
  | { readonly kind: 'poison'; readonly poison: Poison };

export type EventType = 'run.closed' | 'run.summary' | 'run.close.rejected';

/** The record type behind each event type. */
export type EventOf = {
  'run.closed': RunClosed;
  'run.summary': RunSummary;
  'run.close.rejected': RunCloseRejected;
};

export interface RecordCodec {
  /** One result a value, in order. Transient failure when a schema id cannot be resolved because the registry is away. */
  decode(values: readonly (Buffer | null)[]): Promise<readonly Decoded[]>;
  /** The Avro body, without the wire format's five bytes. Deterministic. */
  encode<T extends EventType>(type: T, event: EventOf[T]): Buffer;
  /**
   * Resolves with a function that puts magic byte and schema id before a body: the id that the registry has at this moment for the schema
   * that wrote the body. Transient failure while one of the ids is not known.
   *
   * @param stored the schemas of bodies that were written earlier, perhaps by another version
   */
  framer(stored?: readonly Fingerprints[]): Promise<Frame>;
  /** Identifies the schema that `encode` writes an event type with, in `FINGERPRINT_BYTES`. */
  fingerprint(type: EventType): Buffer;
  /** One result an event, in order. Transient failure when the registry is needed and away. */
  readEmitted(type: EventType, events: readonly Buffer[]): Promise<readonly EmittedEvent[]>;
}

/** By event type: the fingerprint of the schema that wrote a body. Absent: this version's schema. */
export type Fingerprints = Partial<Readonly<Record<EventType, Buffer>>>;

/** @param writtenWith the schema that wrote the body; this version's if absent */
export type Frame = (type: EventType, body: Buffer, writtenWith?: Buffer) => Buffer;

/** An event from a topic. Another version of its schema may have written it. */
export type EmittedEvent = {
  /** Without the wire format. */
  readonly body: Buffer;
  /** The schema that wrote it; undefined: the registry does not know it. */
  readonly writtenWith: Buffer | undefined;
  /** Its fields as this version reads them; null if the bytes are no event. */
  readonly fields: object | null;
  /** The fields of a body that this version wrote, without those that the schema of this event lacks. */
  fieldsLike(body: Buffer): object;
  /** Whether a body that this version wrote says the same, compared in the fields that both schemas have. */
  saysTheSameAs(body: Buffer): boolean;
};

// ---- kafka -----------------------------------------------------------------------------------------------------------

/** One record for an output topic, which goes to the partition that its command came from (R5). */
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
   * One Kafka transaction: the emissions, in order, and the group's offset `end`. After a failure it is unknown whether the
   * broker committed; only `InputLog` can tell. `RECORD_TOO_LARGE` and `RECORD_REFUSED`: one of them can never be written.
   */
  publish(emissions: readonly Emission[], end: number): Promise<void>;
  /** Never rejects. */
  dispose(): Promise<void>;
}

export interface TransactionalOutput {
  /** `InitProducerId` under the partition's stable transactional id: fences the former owner and ends its transaction. */
  fence(partition: number): Promise<PartitionProducer>;
}

/**
 * The logs behind the topics' names. A cluster that was set up again has another id, and so has a topic that was deleted and created again.
 * Null: the brokers tell no ids of topics.
 */
export type LogIdentity = {
  readonly clusterId: string;
  readonly inputId: string | null;
  /** Of all output topics together. */
  readonly outputsId: string | null;
};

/** What the log itself says: the truth about what was read and emitted. */
export interface InputLog {
  /**
   * Asks the broker that leads the input partition, now. Records that were fetched before this call come from no newer log than the answer
   * names.
   */
  identity(partition: number): Promise<LogIdentity>;
  /** The group's committed offset, or null where there is none. */
  committedOffset(partition: number): Promise<number | null>;
  /** The input partition's first offset, and one past its last. */
  bounds(partition: number): Promise<{ readonly low: number; readonly high: number }>;
  /** The greatest input offset that any read-committed record in this partition of the output topics names, or null. */
  lastEmittedSource(partition: number): Promise<number | null>;
  /** The offsets in `[first, end)` whose records stand among the dead letters. */
  deadLettered(partition: number, first: number, end: number): Promise<ReadonlySet<number>>;
  /**
   * Every read-committed event of the output partition whose source offset lies in `[first, end)`, by source offset and type,
   * in the wire format (R2: compare after Postgres lost commits).
   */
  emittedEvents(partition: number, first: number, end: number): Promise<ReadonlyMap<number, EmittedValues>>;
  /** Where the default partitioner puts a key, by the number of partitions last seen. */
  partitionOf(key: Buffer): number;
  /** Empty: nothing is missing. */
  missingOutputs(partition: number): Promise<readonly MissingOutput[]>;
}

/** An output topic that lacks a partition of the input. */
export type MissingOutput = { readonly topic: string; readonly partitions: number };

/** A command's events, in the wire format. */
export type EmittedValues = Partial<Readonly<Record<EventType, Buffer>>>;

// ---- postgres --------------------------------------------------------------------------------------------------------

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

export type Outcome = 'closed' | 'rejected';

/** The Avro bodies of a decision: `run.closed` and `run.summary`, or `run.close.rejected`. */
export type Bodies = Partial<Readonly<Record<EventType, Buffer>>>;

/** A command as the store must know it before it can be decided. */
export type Claim = {
  readonly offset: number;
  readonly channelId: string;
  readonly commandId: string;
  readonly runId: string;
  readonly userIds: readonly string[];
};

/** The command that a stored decision decides. */
export type StoredCommand = {
  readonly channelId: string;
  readonly commandId: string;
  readonly contentHash: Buffer;
};

/** A decision found in the store. */
export type StoredDecision = StoredCommand & {
  /** Where its command stood; same cluster and topic as the batch's, or null for both where another's. */
  readonly partition: number | null;
  readonly offset: number | null;
};

/** A channel under its row lock. */
export type ChannelState = {
  readonly ledger: Ledger;
  readonly policy: ChannelPolicy;
  readonly revision: number;
};

/** Everything a batch is decided against, read under the locks of its channels' ledgers. */
export interface BatchState {
  /** The stored bodies of the record at this offset, if it was decided before (R3: looked up before anything else). */
  emitted(offset: number): Bodies | undefined;
  /** The schemas that those bodies were written with. */
  writtenWith(offset: number): Fingerprints;
  /** The command that this decision decides. A position alone proves nothing: the topic may have been replaced. */
  commandAt(offset: number): StoredCommand | undefined;
  decision(channelId: string, commandId: string): StoredDecision | undefined;
  /** The command that closed this run, if any did. */
  closedBy(channelId: string, runId: string): ClosedBy | undefined;
  channel(channelId: string): ChannelState;
}

export type NewDecision = {
  readonly channelId: string;
  readonly commandId: string;
  readonly runId: string;
  readonly offset: number;
  readonly contentHash: Buffer;
  readonly outcome: Outcome;
  /** The fairness reason or the rejection's. */
  readonly reason: string;
  /** Closed runs only. */
  readonly sequence: number | null;
  readonly runnerUserId: string | null;
  readonly policyVersion: number;
  /** The ledger's revision after this decision. */
  readonly revision: number;
  readonly bodies: Bodies;
  /** Set if the bodies are those that another version emitted. */
  readonly writtenWith?: Fingerprints;
};

export type ChangedLedger = {
  readonly channelId: string;
  readonly head: LedgerHead;
  readonly revision: number;
  /** Only those who changed. */
  readonly members: readonly Member[];
};

/** A record that carried a known command again, at another offset. */
export type SeenAgain = { readonly channelId: string; readonly commandId: string; readonly offset: number };

export type BatchWrites = {
  readonly decisions: readonly NewDecision[];
  readonly ledgers: readonly ChangedLedger[];
  readonly duplicates: readonly SeenAgain[];
};

/** The batch's stretch of input. Everything below `first` is emitted: the lease records that too, as `emitted_through`. */
export type BatchRange = {
  readonly first: number;
  readonly end: number;
  /** One past the last offset that the store has confirmed to hold; null: none. Knows it less, it has lost commits (R2). */
  readonly storedBefore: number | null;
};

/** A record of the input that an operator has skipped, because its dead letter or rejection could not be written. */
export type SkippedRecord = {
  readonly offset: number;
  /** Of the record that was skipped: another record at this offset is not skipped. */
  readonly recordHash: Buffer;
  readonly by: string | null;
  /** Milliseconds. */
  readonly at: number;
};

export interface DecisionStore {
  /**
   * R1: epoch + 1 under a new holder. Refused if a newer generation holds the partition, or the lease belongs to another log; a refusal
   * fences nobody. A lease without ids takes those of `log`.
   */
  takeLease(partition: number, holder: string, generation: number, log: LogIdentity): Promise<LeaseGrant>;
  /**
   * One transaction: locks the claims' channels in key order, reads, calls `decide`, writes its result set-based and advances
   * the lease, only for its holder and only from `first` on (R2; `LEASE_LOST` is a fenced failure). `decide` must be pure: it
   * is called again when the database asks for a retry.
   */
  closeRuns<T extends BatchWrites>(
    lease: Lease,
    range: BatchRange,
    claims: readonly Claim[],
    decide: (state: BatchState) => T,
  ): Promise<T>;
  /** Records on drain that everything below `emittedThrough` is out. Does nothing for a lease that is no longer held. */
  recordEmitted(lease: Lease, emittedThrough: number): Promise<void>;
  /** Remembers that the log ends before what is stored (`isCutShort`). Does nothing for a lease that is no longer held. */
  recordCut(lease: Lease): Promise<void>;
  /** For readers such as `status`: `standing` tells whether the alarm still counts. Does nothing if the lease is no longer held. */
  recordAlarm(lease: Lease, at: RecordedAlarm): Promise<void>;
  skippedRecords(lease: Lease): Promise<readonly SkippedRecord[]>;
}

// ---- around it -------------------------------------------------------------------------------------------------------

/** The server that a piece of work depends on. */
export type Dependency = 'postgres' | 'kafka' | 'registry';

/** One breaker a dependency. Open: `run` rejects at once with a transient failure. */
export interface Breakers {
  run<T>(dependency: Dependency, work: () => Promise<T>): Promise<T>;
}

/** What one handling of a batch may ask of its consumer. */
export type Membership = {
  readonly generation: number;
  /** False once the group has moved to another generation, or the consumer is stopping. */
  isCurrent(): boolean;
  /** Keeps the membership alive. Rejects with a fenced failure when the group rebalances, a transient one without a broker. */
  heartbeat(): Promise<void>;
};

export interface Pacer {
  /** Waits before the n-th retry (from 1), longer each time and with jitter; returns at once when the process is stopping. */
  beforeRetry(attempt: number): Promise<void>;
}

/** Told what happens, for metrics and logs. Never throws; no personal data. */
export interface Observer {
  batchDone(facts: {
    readonly partition: number;
    readonly end: number;
    readonly outcomes: Outcomes;
    readonly decideSeconds: number;
    readonly emitSeconds: number;
  }): void;
  /** R2: records below `end` were decided again, equal to what was emitted, because Postgres had lost them. */
  foldedAgain(facts: { readonly partition: number; readonly first: number; readonly end: number }): void;
  retrying(facts: { readonly partition: number; readonly attempt: number; readonly failure: Error }): void;
  reconciled(facts: {
    readonly partition: number;
    readonly epoch: number;
    readonly start: number;
    readonly cause: string;
  }): void;
  alarmed(partition: number, alarm: Alarm): void;
  /** The partition goes on after an alarm. */
  resumed(partition: number): void;
}

/** How many of a batch's records led to what. */
export type Outcomes = {
  readonly closed: number;
  readonly rejected: number;
  readonly duplicate: number;
  readonly deadLetter: number;
  readonly redelivered: number;
  /** Decided as usual, in a partition that murmur2 would not have chosen for its key; counted beside its outcome. */
  readonly misplaced: number;
};

// ---- what the processor offers to its consumer -----------------------------------------------------------------------

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

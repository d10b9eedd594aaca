import type { ChannelPolicy } from '../../domain/channel-policy.ts';
import type { Ledger, LedgerHead, Member } from '../../domain/ledger.ts';
import type { ClosedBy } from '../../domain/rejection.ts';
import type { RecordedAlarm } from '../alarm.ts';
import type { Applicant, Lease, LeaseGrant } from './lease.ts';
import type { Fingerprints } from './record-codec.ts';
import type { EventType } from '../../wire/event-types.ts';

export type Outcome = 'closed' | 'rejected';

/** The Avro bodies of a decision: `run.closed` and `run.summary`, or `run.close.rejected`. */
export type Bodies = Partial<Readonly<Record<EventType, Buffer>>>;

/** The parts of a command that the store needs to read the state for its decision. */
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
  /** The position of its command; both null if the command came from another cluster or topic than the batch. */
  readonly partition: number | null;
  readonly offset: number | null;
};

/** A channel under its row lock. */
export type ChannelState = {
  readonly ledger: Ledger;
  readonly policy: ChannelPolicy;
  readonly revision: number;
};

/** The state that a batch is decided against, read while the ledgers of its channels are locked. */
export interface BatchState {
  /**
   * The stored bodies of the record at this offset, if it was decided before. Look this up before anything else (stored decisions know
   * their source, R3 of docs/adr/0002-six-rules-for-effectively-once.md).
   */
  emitted(offset: number): Bodies | undefined;
  /** The schemas that wrote the bodies of `emitted`. */
  writtenWith(offset: number): Fingerprints;
  /** The command of the decision that is stored for this offset. A position alone proves nothing: the topic may have been replaced. */
  commandAt(offset: number): StoredCommand | undefined;
  decision(command: { readonly channelId: string; readonly commandId: string }): StoredDecision | undefined;
  /** The command that closed this run, if any did. */
  closedBy(run: { readonly channelId: string; readonly runId: string }): ClosedBy | undefined;
  channel(channelId: string): ChannelState;
}

export type NewDecision = {
  readonly channelId: string;
  readonly commandId: string;
  readonly runId: string;
  readonly offset: number;
  readonly contentHash: Buffer;
  readonly outcome: Outcome;
  /** The fairness reason of a closed run, or the reason of a rejection. */
  readonly reason: string;
  /** Closed runs only. */
  readonly sequence: number | null;
  readonly runnerUserId: string | null;
  readonly policyVersion: number;
  /** The ledger's revision after this decision. */
  readonly revision: number;
  readonly bodies: Bodies;
  /** Set if the bodies were emitted by another version. */
  readonly writtenWith?: Fingerprints;
};

export type ChangedLedger = {
  readonly channelId: string;
  readonly head: LedgerHead;
  readonly revision: number;
  /** Only the members that changed. */
  readonly members: readonly Member[];
};

/** A record that carried a known command again, at another offset. */
export type SeenAgain = { readonly channelId: string; readonly commandId: string; readonly offset: number };

export type BatchWrites = {
  readonly decisions: readonly NewDecision[];
  readonly ledgers: readonly ChangedLedger[];
  readonly duplicates: readonly SeenAgain[];
};

/** The input offsets of a batch. Everything below `first` was emitted, so the lease records `first` as `emitted_through`. */
export type BatchRange = {
  readonly first: number;
  readonly end: number;
  /** One past the last offset that the store has confirmed to hold; null: none. If the store now holds less, it has lost commits (R2). */
  readonly storedBefore: number | null;
};

/** A record of the input that an operator has skipped, because its dead letter or rejection could not be written. */
export type SkippedRecord = {
  readonly offset: number;
  /** The hash of the skipped record. Another record at this offset is not skipped. */
  readonly recordHash: Buffer;
  readonly by: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
};

export interface DecisionStore {
  /**
   * Gives the lease to the applicant: epoch + 1 under a new holder (reconcile first, R1). Refused if a newer generation holds the partition
   * or if the lease belongs to another log; a refusal fences nobody. A lease without topic ids gets the ids of `log`.
   */
  takeLease(applicant: Applicant): Promise<LeaseGrant>;
  /**
   * One transaction: locks the claims' channels in key order, reads, calls `decide`, writes its result set-based and advances the lease,
   * only for its holder and only from `first` on (fence Postgres, R2; `LEASE_LOST` is a fenced failure). `decide` must be pure: it is
   * called again when the database asks for a retry.
   */
  closeRuns<T extends BatchWrites>(
    lease: Lease,
    range: BatchRange,
    claims: readonly Claim[],
    decide: (state: BatchState) => T,
  ): Promise<T>;
  /** Records on drain that everything below `emittedThrough` was emitted. Does nothing for a lease that is no longer held. */
  recordEmitted(lease: Lease, emittedThrough: number): Promise<void>;
  /** Stores that the log ends before the last stored offset (`isCutShort`). Does nothing for a lease that is no longer held. */
  recordCut(lease: Lease): Promise<void>;
  /**
   * Stores an alarm for readers such as `status`; `inspectPartition` tells whether it still counts. Does nothing if the lease is no longer
   * held.
   */
  recordAlarm(lease: Lease, at: RecordedAlarm): Promise<void>;
  skippedRecords(lease: Lease): Promise<readonly SkippedRecord[]>;
}

import type { ChannelPolicy } from '../../domain/channel-policy.ts';
import type { Ledger, LedgerHead, Member } from '../../domain/ledger.ts';
import type { ClosedBy } from '../../domain/rejection.ts';
import type { RecordedAlarm } from '../alarm.ts';
import type { LogIdentity } from './input-log.ts';
import type { Lease, LeaseGrant } from './lease.ts';
import type { Fingerprints } from './record-codec.ts';
import type { EventType } from '../../wire/event-types.ts';

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

/** What a replay asks of the world beside a history. Every port rejects with a `Failure`. */
import type { Bodies, Outcome } from '../processor/ports/decision-store.ts';
import type { EventType } from '../wire/event-types.ts';
import type { FoldedLedger } from './channel-ledgers.ts';

/** A command's id once it is claimed: where its record stood, and what it said. */
export type ClaimedCommand = {
  readonly channelId: string;
  readonly commandId: string;
  readonly partition: number;
  readonly offset: number;
  readonly contentHash: Buffer;
};

/** A run once it is closed. */
export type ClosedRun = {
  readonly channelId: string;
  readonly runId: string;
  readonly commandId: string;
  readonly runnerUserId: string;
  readonly partition: number;
  readonly offset: number;
};

export type ClaimQuery = { readonly channelId: string; readonly commandId: string; readonly runId: string };

export type ClaimAnswer = {
  readonly claimed: Omit<ClaimedCommand, 'channelId' | 'commandId'> | undefined;
  readonly closed: Omit<ClosedRun, 'channelId' | 'runId'> | undefined;
};

/** Every command and every closed run of the past: more than memory holds. */
export interface ClaimIndex {
  /** One answer a query, in order. */
  find(queries: readonly ClaimQuery[]): Promise<readonly ClaimAnswer[]>;
  add(commands: readonly ClaimedCommand[], runs: readonly ClosedRun[]): Promise<void>;
}

/** A decision as the store has it. */
export type StoredDecision = {
  readonly partition: number;
  readonly offset: number;
  readonly channelId: string;
  readonly commandId: string;
  readonly runId: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly sequence: number | null;
  readonly runnerUserId: string | null;
  readonly policyVersion: number;
  readonly revision: number;
  readonly contentHash: Buffer;
  /** SHA-256 over the bodies one after the other. */
  readonly bodyHash: Buffer;
  /** Empty once they are dropped. */
  readonly bodies: Bodies;
  /** Null: the bodies are as they were emitted. */
  readonly forgotten: Forgotten | null;
};

/** Whose personal data was taken out of a decision's bodies: everybody's, or that of these people. */
export type Forgotten = 'everybody' | readonly string[];

/** A body without the personal data of these people; null where the bytes are no body of this version's schema. */
export type ForgetIn = (type: EventType, body: Buffer, whose: Forgotten) => Buffer | null;

/** Where a decision stands, and on what. */
export type DecisionPlace = Pick<
  StoredDecision,
  'partition' | 'offset' | 'channelId' | 'commandId' | 'runId'
>;

export interface StoredDecisions {
  /** The decisions on records of this partition with `from` ≤ offset < `to`, in order. */
  inRange(partition: number, from: number, to: number): Promise<readonly StoredDecision[]>;
  /** The first thousand on records that no processor has come to by now: nobody can have made them. */
  ahead(): Promise<readonly DecisionPlace[]>;
}

/** The ledgers of all channels at one moment. */
export interface LedgerSnapshot {
  /** By partition: the ledgers are the fold of the input below this offset. */
  readonly positions: ReadonlyMap<number, number>;
  readonly ledgers: readonly FoldedLedger[];
}

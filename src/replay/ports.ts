/** What a replay needs in addition to a history. Every port rejects only with a `Failure`. */
import type { NewDecision } from '../processor/ports/decision-store.ts';
import type { EventType } from '../wire/event-types.ts';
import type { OffsetRange } from '../wire/position.ts';
import type { FoldedLedger } from './channel-ledgers.ts';

/** A command that has claimed its id: the position and the content of its record. */
export type ClaimedCommand = {
  readonly channelId: string;
  readonly commandId: string;
  readonly partition: number;
  readonly offset: number;
  readonly contentHash: Buffer;
};

/** A closed run, and the position of the command that closed it. */
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

/** All past commands and closed runs: more than memory can hold. */
export interface ClaimIndex {
  /** Returns one answer for each query, in order. */
  find(queries: readonly ClaimQuery[]): Promise<readonly ClaimAnswer[]>;
  add(commands: readonly ClaimedCommand[], runs: readonly ClosedRun[]): Promise<void>;
}

/** A stored decision. `bodies` are empty after they were dropped. */
export type StoredDecision = Omit<NewDecision, 'writtenWith'> & {
  readonly partition: number;
  /** SHA-256 of the bodies, one after the other. */
  readonly bodyHash: Buffer;
  /** Null: nothing was redacted. */
  readonly forgotten: Forgotten | null;
};

/** Whose personal data was redacted in a decision's bodies: everybody's, or that of these people. */
export type Forgotten = 'everybody' | readonly string[];

/** Redacts the personal data of these people in a body. Null if the bytes are no body of this version's schema. */
export type ForgetIn = (type: EventType, body: Buffer, whose: Forgotten) => Buffer | null;

/** The position of a decision, and the ids of its command and run. */
export type DecisionPlace = Pick<
  StoredDecision,
  'partition' | 'offset' | 'channelId' | 'commandId' | 'runId'
>;

export interface StoredDecisions {
  /** The decisions on the records of this range, in order. */
  inRange(range: OffsetRange): Promise<readonly StoredDecision[]>;
  /** The first thousand decisions on records that no processor has reached yet. No processor can have made them. */
  ahead(): Promise<readonly DecisionPlace[]>;
}

/** The ledgers of all channels at one moment. */
export interface LedgerSnapshot {
  /** By partition: the ledgers are the fold of the input below this offset. */
  readonly positions: ReadonlyMap<number, number>;
  readonly ledgers: readonly FoldedLedger[];
}

/**
 * What a run leaves behind, gathered by outside means and as plain data: the invariants look at nothing else, so a test can make
 * up or tamper with any of it.
 */
import type { Member } from '../../../src/domain/ledger.ts';
import type { RecountedLedger } from './recount.ts';

export type LogRecord = {
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[];
};

export const OUTPUT_ROLES = ['closed', 'summary', 'rejected', 'deadLetters'] as const;
export type OutputRole = (typeof OUTPUT_ROLES)[number];

export type OutputRecord = LogRecord & { readonly role: OutputRole };

/** What a record of the input must have led to: bodies by their fingerprints. */
export type FoldedOutcome =
  | { readonly kind: 'closed'; readonly closed: string; readonly summary: string }
  /** `claimed`: the command takes its id, and the decision is stored. */
  | {
      readonly kind: 'rejected';
      readonly rejected: string;
      readonly reason: string;
      readonly claimed: boolean;
    }
  | { readonly kind: 'dead letter' }
  | { readonly kind: 'duplicate' };

export type Fold = {
  readonly outcomes: ReadonlyMap<Source, FoldedOutcome>;
  readonly ledgers: Map<string, RecountedLedger>;
};

/** Where a record of the input stands: `partition/offset`. */
export type Source = string;

export const sourceAt = (partition: number, offset: number): Source => `${partition}/${offset}`;

export type StoredDecision = {
  readonly source: Source;
  readonly channelId: string;
  readonly commandId: string;
  /** Of the stored bodies; absent where there is none. */
  readonly fingerprints: Partial<Readonly<Record<'closed' | 'summary' | 'rejected', string>>>;
};

export type StoredLedger = {
  readonly sequence: number;
  readonly revision: number;
  readonly previousRunner: string | null;
  /** Oldest first. */
  readonly ring: readonly string[];
  readonly members: ReadonlyMap<string, Member>;
};

/** One step of the audit that triggers keep in Postgres, in the order of commits for each partition. */
export type AuditStep = {
  readonly partition: number;
  readonly kind: 'lease taken' | 'lease used' | 'decisions written';
  /** The lease's epoch and holder at that moment. */
  readonly epoch: number;
  readonly holder: string;
  /** The process whose session did it. */
  readonly instance: string;
};

export type InstanceEnd = {
  readonly instance: string;
  /** What was done to it; `nothing` for one that ended by itself. */
  readonly cause: 'killed' | 'told to stop' | 'nothing';
  readonly code: number | null;
  /** The last it said. */
  readonly lastWords: string;
};

export type Healing = {
  /** From the last fault on; what the run waited for in vain is in `lag`. */
  readonly seconds: number;
  readonly withinSeconds: number;
  /** Records that the group has not passed, in the end. */
  readonly lag: number;
};

export type Evidence = {
  /** Read-committed, by Kafka's own consumer; a partition's records in order. */
  readonly input: readonly LogRecord[];
  readonly outputs: readonly OutputRecord[];
  /** The same record read twice with different content, or an offset that went back. */
  readonly contradictions: readonly string[];
  readonly fold: Fold;
  /** The last sequence of each channel before this input began. */
  readonly closedBefore: ReadonlyMap<string, number>;
  /** The group's offset, by partition. */
  readonly committed: ReadonlyMap<number, number>;
  readonly decisions: readonly StoredDecision[];
  readonly ledgers: ReadonlyMap<string, StoredLedger>;
  readonly audit: readonly AuditStep[];
  /** Commands that were only ever sent in transactions that were aborted. */
  readonly abortedCommandIds: ReadonlySet<string>;
  readonly healing: Healing;
  /** What Kafka's own tool calls hanging transactions. */
  readonly hanging: readonly string[];
  readonly ends: readonly InstanceEnd[];
  /** The most that an instance has held, in MB. */
  readonly peakMemoryMb: number;
};

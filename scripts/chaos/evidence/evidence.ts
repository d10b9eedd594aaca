/**
 * The evidence of a run, gathered with independent means, as plain data. The invariants look at nothing else, so a test can invent or
 * tamper with any of it.
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

/** The outcome that a record of the input must have, with fingerprints instead of bodies. */
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

/** The position of a record in the input: `partition/offset`. */
export type Source = string;

export const sourceAt = (partition: number, offset: number): Source => `${partition}/${offset}`;

export type StoredDecision = {
  readonly source: Source;
  readonly channelId: string;
  readonly commandId: string;
  /** The fingerprints of the stored bodies; absent if there is no body. */
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

/** One step that the triggers in Postgres recorded; for each partition in the order of commits. */
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
  /** What ended the process; `nothing` if it ended by itself. */
  readonly cause: 'killed' | 'told to stop' | 'nothing';
  readonly code: number | null;
  /** The last lines of its log. */
  readonly lastWords: string;
};

export type Healing = {
  /** The seconds since the last fault. If the run stopped waiting, `lag` is the number of records that were left. */
  readonly seconds: number;
  readonly withinSeconds: number;
  /** Records that the group has not passed at the end. */
  readonly lag: number;
};

export type Evidence = {
  /** Read by Kafka's own read-committed consumer; the records of a partition in order. */
  readonly input: readonly LogRecord[];
  readonly outputs: readonly OutputRecord[];
  /** Records that were read twice with different content, and offsets that went back. */
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
  /** The transactions that Kafka's own tool calls hanging. */
  readonly hanging: readonly string[];
  readonly ends: readonly InstanceEnd[];
  /** The highest memory of an instance, in MB. */
  readonly peakMemoryMb: number;
};

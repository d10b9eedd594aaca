import type { Alarm } from '../alarm.ts';

/** Receives what happens, for metrics and logs. Never throws, and never receives personal data. */
export interface Observer {
  batchDone(facts: {
    readonly partition: number;
    /** The input offsets of the batch; `end` is exclusive. */
    readonly first?: number;
    readonly end: number;
    readonly outcomes: Outcomes;
    readonly reasons: Reasons;
    readonly seconds: StageSeconds;
    /** When the broker got the oldest record, in milliseconds since 1970; null: there was no record. */
    readonly oldest: number | null;
    /** For each closed run, how far the participant furthest from a fair share was from it, in runs. */
    readonly deviations: readonly number[];
    /** The trace of the batch, if it is recorded. */
    readonly traceId?: string | undefined;
    /** Lists what became of each command. Costs time for each command, so call it only if needed. */
    readonly decided?: () => readonly Decided[];
  }): void;
  /**
   * The records from `first` to `end` were decided again because Postgres had lost them, and agree with the emitted events (fold again and
   * compare, R2 of docs/adr/0002-six-rules-for-effectively-once.md).
   */
  foldedAgain(facts: { readonly partition: number; readonly first: number; readonly end: number }): void;
  retrying(facts: {
    readonly partition: number;
    /** The input offsets of the batch; `end` is exclusive. */
    readonly first?: number;
    readonly end?: number;
    readonly attempt: number;
    readonly failure: Error;
    /** The trace of the attempt, if it is recorded. */
    readonly traceId?: string | undefined;
  }): void;
  reconciled(facts: {
    readonly partition: number;
    readonly epoch: number;
    readonly start: number;
    readonly cause: string;
  }): void;
  alarmed(partition: number, alarm: Alarm): void;
  /** The partition processes records again after an alarm. */
  resumed(partition: number): void;
}

/** What became of one command, by ids. Ids are absent if the record is no command, or if its command is known. */
export type Decided = {
  readonly offset: number;
  readonly outcome: 'closed' | 'rejected' | 'redelivered' | 'duplicate' | 'dead-letter';
  /** The fairness reason of a closed run, the reason of a rejection, or why a record is a dead letter. */
  readonly reason?: string;
  readonly channelId?: string;
  readonly runId?: string;
  readonly commandId?: string;
  readonly correlationId?: string;
  /** Closed runs only. */
  readonly runnerUserId?: string;
  readonly participants?: number;
};

/** How long each stage of a batch took. `store` is the Postgres transaction without deciding. */
export type StageSeconds = { readonly [Stage in 'decode' | 'decide' | 'store' | 'emit']: number };

/** By outcome, the number of records per reason, for one batch. */
export type Reasons = {
  readonly [Outcome in 'closed' | 'rejected' | 'deadLetter']: Readonly<Record<string, number>>;
};

/** The number of records per outcome, for one batch. */
export type Outcomes = {
  readonly closed: number;
  readonly rejected: number;
  readonly duplicate: number;
  readonly deadLetter: number;
  readonly redelivered: number;
  /**
   * Records in a partition that murmur2 would not have chosen for their key. They are decided as usual and also counted under their
   * outcome.
   */
  readonly misplaced: number;
};

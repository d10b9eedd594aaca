import type { Alarm } from '../alarm.ts';

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

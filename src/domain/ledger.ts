import type { RunClosed } from './records.ts';

/** One run in units: lcm(1..22), so that 1/k is exact for up to 22 people. */
export const UNIT = 232_792_560;

/** How many closed runs the ring remembers. */
export const RING_LENGTH = 64;

export type PastRun = { readonly sequence: number; readonly runnerUserId: string };

/** What a channel as a whole has been through. */
export type LedgerHead = {
  /** Runs closed so far; the next one is `sequence + 1`. */
  readonly sequence: number;
  readonly previousRunner: string | null;
  /** The last 64 runs, oldest first. */
  readonly ring: readonly PastRun[];
};

/** What one person has been through in a channel. */
export type Member = {
  readonly userId: string;
  /** Runs made − fair share, in units: negative is behind. */
  readonly balance: number;
  readonly served: number;
  readonly attended: number;
  readonly lastServedSequence: number | null;
  readonly lastSeenSequence: number | null;
};

/** A channel's state, as far as a decision needs it: whoever is not among the members is new. */
export type Ledger = { readonly head: LedgerHead; readonly members: ReadonlyMap<string, Member> };

/** What one closed run changes: the head, and the members who took part. O(participants). */
export type LedgerChange = { readonly head: LedgerHead; readonly members: readonly Member[] };

export const EMPTY_HEAD: LedgerHead = { sequence: 0, previousRunner: null, ring: [] };
export const EMPTY_LEDGER: Ledger = { head: EMPTY_HEAD, members: new Map() };

export declare const evolve: (ledger: Ledger, event: Pick<RunClosed, 'sequence' | 'runner' | 'fairness'>) => LedgerChange | null;

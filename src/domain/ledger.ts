import type { RunClosed } from './records.ts';

/** The number of units in one run: lcm(1..22), so that 1/k of a run is exact for up to 22 people. */
export const UNIT = 232_792_560;

/** How many closed runs a ledger remembers. */
export const RING_RUNS = 64;

/** The state of a channel as a whole. */
export type LedgerHead = {
  /** Runs closed so far; the next one is `sequence + 1`. */
  readonly sequence: number;
  /** User id; null before the first run. */
  readonly previousRunner: string | null;
  /** The user ids of the runners of the last `RING_RUNS` runs, oldest first. The last element made run `sequence`; there are no gaps. */
  readonly ring: readonly string[];
};

/** The state of one person in a channel. */
export type Member = {
  readonly userId: string;
  /** Runs made minus fair share, in units. Negative: behind. */
  readonly balance: number;
  /** Runs made. */
  readonly served: number;
  /** Runs ordered in. */
  readonly attended: number;
  /** The sequence of the last run made; null: none yet. */
  readonly lastServedSequence: number | null;
  /** The sequence of the last run ordered in; null: none yet. */
  readonly lastSeenSequence: number | null;
};

/** The part of a channel's state that a decision needs. A person who is not among the members is new. */
export type Ledger = { readonly head: LedgerHead; readonly members: ReadonlyMap<string, Member> };

/** As much of a ledger as a decision reads: members are looked up by user id. */
export type LedgerLookup = {
  readonly head: LedgerHead;
  readonly members: Pick<ReadonlyMap<string, Member>, 'get'>;
};

/** What one closed run changes: the head, and the members who took part. O(participants). */
export type LedgerChange = { readonly head: LedgerHead; readonly members: readonly Member[] };

export const EMPTY_HEAD: LedgerHead = { sequence: 0, previousRunner: null, ring: [] };
export const EMPTY_LEDGER: Ledger = { head: EMPTY_HEAD, members: new Map() };

/** The parts of `run.closed` that change a ledger. */
export type ClosedRun = Pick<RunClosed, 'sequence' | 'runner' | 'fairness'>;

/**
 * Applies the charges in the event and credits the runner one run, in O(participants). Decides nothing again, so a later change of policy
 * cannot alter the past.
 *
 * @returns null if the ledger already contains this run
 * @throws RangeError if an earlier run is missing
 */
export const evolve = ({ head, members }: LedgerLookup, event: ClosedRun): LedgerChange | null => {
  const { sequence, runner, fairness } = event;
  if (sequence <= head.sequence) return null;
  if (sequence > head.sequence + 1) throw gap(head.sequence, sequence);
  const ring = head.ring.slice(1 - RING_RUNS);
  ring.push(runner.userId);
  return {
    head: { sequence, previousRunner: runner.userId, ring },
    members: fairness.ranking.map(({ userId, charge }) => {
      const member = members.get(userId) ?? newMember(userId);
      const served = userId === runner.userId;
      return {
        userId,
        balance: member.balance - charge + (served ? fairness.unit : 0),
        served: member.served + (served ? 1 : 0),
        attended: member.attended + 1,
        lastServedSequence: served ? sequence : member.lastServedSequence,
        lastSeenSequence: sequence,
      };
    }),
  };
};

/** Returns a new ledger with the change. O(members), so folds that do not need the old ledger change it in place instead. */
export const applyChange = ({ members }: Ledger, change: LedgerChange): Ledger => ({
  head: change.head,
  members: new Map([...members, ...change.members.map((member) => [member.userId, member] as const)]),
});

/** A person whom a channel has never seen starts even. */
export const newMember = (userId: string): Member => ({
  userId,
  balance: 0,
  served: 0,
  attended: 0,
  lastServedSequence: null,
  lastSeenSequence: null,
});

const gap = (from: number, to: number): RangeError =>
  new RangeError(`folding run ${String(to)} of a channel: its ledger stands at run ${String(from)}`);

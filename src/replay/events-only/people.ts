import { type Member, newMember } from '../../domain/ledger.ts';
import type { RankingEntry } from '../../domain/records.ts';

/** A person before a run: according to the earlier runs, and according to the event of the run. */
export type Meeting = {
  readonly kind:
    | 'as-folded'
    /** Runs are missing since the person last took part, and the numbers of the event are possible. */
    | 'given'
    /** Runs are missing, and the numbers of the event are not possible: see `impossible`. */
    | 'impossible'
    | 'differs';
  readonly impossible: Impossible | null;
  /** The numbers with which the audit continues. */
  readonly member: Member;
  /** The numbers of the event. */
  readonly told: Member;
};

export type Impossible = { readonly field: Field; readonly expected: string };
type Field = 'balance' | 'served' | 'lastServedSequence';

/**
 * Everybody in a channel. If an event and the earlier events disagree about a person, both versions are kept until the next event with that
 * person confirms one of them. So one altered event is reported only once, whether or not all later events build on it.
 */
export type People = {
  meet(entry: RankingEntry, sequence: number, isOfAnother: (sequence: number) => boolean): Meeting;
  /** Sets a person's numbers after a run, and the other numbers that the next event may confirm instead. */
  set(member: Member, otherwise: Member | null): void;
  /** Records that this many runs are missing here. */
  miss(runs: number): void;
  /** The sum of all balances; undefined if runs are missing. */
  sum(): number | undefined;
  /** The number of people whose numbers were taken from an event, because runs are missing. */
  given(): number;
};

type Person = {
  readonly member: Member;
  readonly otherwise: Member | null;
  /** How many runs of the channel were missing when the person last took part. */
  readonly missed: number;
};

/** @param unit one run */
export const createPeople = (unit: number): People => {
  const people = new Map<string, Person>();
  let missed = 0;
  let sum = 0;
  const given = new Set<string>();

  return {
    meet: (entry, sequence, isOfAnother) => {
      const {
        member,
        otherwise,
        missed: missedBefore,
      } = people.get(entry.userId) ?? {
        member: newMember(entry.userId),
        otherwise: null,
        missed: 0,
      };
      const told = toldOf(member, entry);
      if (haveSameNumbers(member, entry)) return { kind: 'as-folded', impossible: null, member, told };
      if (otherwise !== null && haveSameNumbers(otherwise, entry))
        return { kind: 'as-folded', impossible: null, member: otherwise, told: otherwise };
      const runs = missed - missedBefore;
      if (runs === 0) return { kind: 'differs', impossible: null, member, told };
      given.add(entry.userId);
      const impossible = impossibleIn(member, entry, { runs, sequence, unit, isOfAnother });
      return { kind: impossible === null ? 'given' : 'impossible', impossible, member: told, told };
    },
    set: (member, otherwise) => {
      sum += member.balance - (people.get(member.userId)?.member.balance ?? 0);
      people.set(member.userId, { member, otherwise, missed });
    },
    miss: (runs) => {
      missed += runs;
    },
    sum: () => (missed === 0 ? sum : undefined),
    given: () => given.size,
  };
};

const toldOf = (member: Member, { balance, served, lastServedSequence }: RankingEntry): Member => ({
  ...member,
  balance,
  served,
  lastServedSequence,
});

type Numbers = Pick<Member, Field>;

export const haveSameNumbers = (one: Numbers, other: Numbers): boolean =>
  one.balance === other.balance &&
  one.served === other.served &&
  one.lastServedSequence === other.lastServedSequence;

type Gap = {
  /** How many runs are missing since the person last took part. */
  readonly runs: number;
  readonly sequence: number;
  readonly unit: number;
  readonly isOfAnother: (sequence: number) => boolean;
};

/** The first number that the missing runs cannot explain; null if they can explain all. */
const impossibleIn = (
  before: Member,
  { balance, served, lastServedSequence }: RankingEntry,
  { runs, sequence, unit, isOfAnother }: Gap,
): Impossible | null => {
  const made = served - before.served;
  if (made < 0 || made > runs)
    return { field: 'served', expected: `from ${String(before.served)} to ${String(before.served + runs)}` };
  const last = lastServedSequence ?? 0;
  const lastBefore = before.lastServedSequence ?? 0;
  if (made === 0 ? last !== lastBefore : last <= lastBefore || last >= sequence || isOfAnother(last))
    return { field: 'lastServedSequence', expected: 'one of the missing runs, made by this person' };
  const most = before.balance + made * unit;
  const least = most - runs * unit;
  if (balance > most || balance < least)
    return { field: 'balance', expected: `from ${String(least)} to ${String(most)}` };
  return null;
};

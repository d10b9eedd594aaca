import { type Member, newMember } from '../../domain/ledger.ts';
import type { RankingEntry } from '../../domain/records.ts';

/** How somebody stands before a run, by the runs before it and by its event. */
export type Meeting = {
  readonly kind:
    | 'as-folded'
    /** Runs are missing since they were last there, and what the event says can be. */
    | 'given'
    /** The event says what cannot be, for this reason. */
    | 'impossible'
    | 'differs';
  readonly impossible: Impossible | null;
  /** As is gone on with. */
  readonly member: Member;
  /** As the event says. */
  readonly told: Member;
};

export type Impossible = { readonly field: Field; readonly expected: string };
type Field = 'balance' | 'served' | 'lastServedSequence';

/**
 * Everybody in a channel. Where an event and the events before it do not agree on somebody, both are kept until the next event
 * with that person in it says which is right: so one altered event is reported once, and so is one that all later ones build on.
 */
export type People = {
  meet(entry: RankingEntry, sequence: number, isOfAnother: (sequence: number) => boolean): Meeting;
  /** After a run: how they stand now, and how they would otherwise. */
  stand(member: Member, otherwise: Member | null): void;
  /** So many runs are missing here. */
  miss(runs: number): void;
  /** Of all balances; undefined where runs are missing. */
  sum(): number | undefined;
  /** How many people's numbers had to be taken as their event gave them. */
  given(): number;
};

type Person = {
  readonly member: Member;
  readonly otherwise: Member | null;
  /** How many runs were missing in the channel when they were last there. */
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
      if (agree(member, entry)) return { kind: 'as-folded', impossible: null, member, told };
      if (otherwise !== null && agree(otherwise, entry))
        return { kind: 'as-folded', impossible: null, member: otherwise, told: otherwise };
      const runs = missed - missedBefore;
      if (runs === 0) return { kind: 'differs', impossible: null, member, told };
      given.add(entry.userId);
      const impossible = impossibleIn(member, entry, { runs, sequence, unit, isOfAnother });
      return { kind: impossible === null ? 'given' : 'impossible', impossible, member: told, told };
    },
    stand: (member, otherwise) => {
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

const agree = (member: Member, entry: RankingEntry): boolean =>
  member.balance === entry.balance &&
  member.served === entry.served &&
  member.lastServedSequence === entry.lastServedSequence;

type Gap = {
  /** How many runs are missing since. */
  readonly runs: number;
  readonly sequence: number;
  readonly unit: number;
  readonly isOfAnother: (sequence: number) => boolean;
};

/** What no runs that are missing can have led to. */
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
    return { field: 'lastServedSequence', expected: `one of the runs that are missing, made by this person` };
  const most = before.balance + made * unit;
  const least = most - runs * unit;
  if (balance > most || balance < least)
    return { field: 'balance', expected: `from ${String(least)} to ${String(most)}` };
  return null;
};

import type { RepeatRule } from './channel-policy.ts';
import { UNIT } from './ledger.ts';
import type { Participant } from './participants.ts';
import { byUserId, type Comparison } from './policies.ts';
import { sortFew } from './sort-few.ts';

/** The participants of a run in the policy's order, and who of them may make the run. */
export type LineUp = {
  /** Everybody who can run, lowest key first. */
  readonly able: readonly Participant[];
  /** `able` without a held previous runner. The first person makes the run. */
  readonly eligible: readonly Participant[];
  /** Sorted by user id. */
  readonly unable: readonly Participant[];
  /** The person who made the channel's previous run, if able. */
  readonly previous: Participant | undefined;
  /** True if the previous runner may go again only with the command's permission. */
  readonly restrained: boolean;
  /** The previous runner, if restrained and without permission. */
  readonly held: Participant | undefined;
};

/** The facts that the repeat rule uses. */
export type RepeatTerms = {
  readonly repeat: RepeatRule;
  /** The command's `allowConsecutiveRunner`. */
  readonly repeatAllowed: boolean;
  readonly previousRunner: string | null;
};

export const lineUp = (
  participants: readonly Participant[],
  order: Comparison,
  { repeat, repeatAllowed, previousRunner }: RepeatTerms,
): LineUp => {
  const able: Participant[] = [];
  const unable: Participant[] = [];
  for (const participant of participants) (participant.order.canRun ? able : unable).push(participant);
  sortFew(able, order);
  sortFew(unable, byUserId);
  const previous = able.find(({ userId }) => userId === previousRunner);
  const next = able.find((participant) => participant !== previous);
  const restrained = previous !== undefined && next !== undefined && mayNotRepeat(repeat, previous, next);
  const held = restrained && !repeatAllowed ? previous : undefined;
  const eligible = held === undefined ? able : able.filter((participant) => participant !== held);
  return { able, eligible, unable, previous, restrained, held };
};

/** The soft rule lets the previous runner go again if the next in line is better off by at least one whole run. */
const mayNotRepeat = (repeat: RepeatRule, previous: Participant, next: Participant): boolean => {
  switch (repeat) {
    case 'strict':
      return true;
    case 'soft':
      return next.balance - previous.balance < UNIT;
  }
};

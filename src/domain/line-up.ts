import type { RepeatRule } from './channel-policy.ts';
import { UNIT } from './ledger.ts';
import type { Participant } from './participants.ts';
import { byUserId, type Comparison } from './policies.ts';

/** The participants of a run in order, and who of them may make it. */
export type LineUp = {
  /** Everybody who can run, lowest key first. */
  readonly able: readonly Participant[];
  /** The able without a held previous runner. The first makes the run. */
  readonly eligible: readonly Participant[];
  /** By user id. */
  readonly unable: readonly Participant[];
  /** Who made the channel's previous run, where able. */
  readonly previous: Participant | undefined;
  /** Whether the previous runner needs the command's permission to go again. */
  readonly restrained: boolean;
  /** The previous runner, where restrained and without permission. */
  readonly held: Participant | undefined;
};

/** What the repeat rule goes by in a run. */
export type RepeatTerms = {
  readonly repeat: RepeatRule;
  /** By the command. */
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
  able.sort(order);
  unable.sort(byUserId);
  const previous = able.find(({ userId }) => userId === previousRunner);
  const next = able.find((participant) => participant !== previous);
  const restrained = previous !== undefined && next !== undefined && mayNotRepeat(repeat, previous, next);
  const held = restrained && !repeatAllowed ? previous : undefined;
  const eligible = held === undefined ? able : able.filter((participant) => participant !== held);
  return { able, eligible, unable, previous, restrained, held };
};

/** The soft rule yields where the next in line is better off by one whole run. */
const mayNotRepeat = (repeat: RepeatRule, previous: Participant, next: Participant): boolean => {
  switch (repeat) {
    case 'strict':
      return true;
    case 'soft':
      return next.balance - previous.balance < UNIT;
  }
};

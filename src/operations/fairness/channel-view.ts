import type { ChannelPolicy, PolicyName } from '../../domain/channel-policy.ts';
import type { Ledger, Member } from '../../domain/ledger.ts';
import { participantsOf } from '../../domain/participants.ts';
import { byUserId, POLICIES } from '../../domain/policies.ts';
import { imaginedOrder } from './imagined-run.ts';

/** A person's balance and counts in a channel. */
export type LedgerLine = Member & {
  /** Empty if no stored event has the name. */
  readonly displayName: string;
  readonly servedInWindow: number;
};

export type ChannelView = {
  readonly channelId: string;
  readonly policy: PolicyName;
  /** How many closed runs the policy's window holds. */
  readonly runsInWindow: number;
  /** The number of the next run. */
  readonly sequence: number;
  /** Most due first, by the policy in force. */
  readonly lines: readonly LedgerLine[];
};

export type ViewDeps = {
  readonly channelId: string;
  readonly ledger: Ledger;
  /** The policy in force. */
  readonly policy: ChannelPolicy;
  /** By user id. */
  readonly names: ReadonlyMap<string, string>;
};

/** Lists everybody in a channel in the order of the policy in force: most due first, tied people by user id. */
export const channelView = ({
  channelId,
  ledger: { head, members },
  policy: { policy, windowRuns },
  names,
}: ViewDeps): ChannelView => {
  const everybody = [...members.values()];
  const orders = everybody.map(({ userId }) => imaginedOrder(userId, names.get(userId) ?? ''));
  const people = participantsOf({ head, members }, windowRuns, orders);
  const { key } = POLICIES[policy];
  const standings = new Map(people.map((person) => [person.userId, person]));
  const lines = everybody
    .map((member) => ({
      ...member,
      displayName: names.get(member.userId) ?? '',
      servedInWindow: standings.get(member.userId)?.servedInWindow ?? 0,
    }))
    .sort((a, b) => {
      for (const compare of key) {
        const difference = compare(a, b);
        if (difference !== 0) return difference;
      }
      return byUserId(a, b);
    });
  return {
    channelId,
    policy,
    runsInWindow: Math.min(windowRuns, head.sequence),
    sequence: head.sequence + 1,
    lines,
  };
};

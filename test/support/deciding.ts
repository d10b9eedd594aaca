import type { ChannelPolicy } from '../../src/domain/channel-policy.ts';
import { EMPTY_LEDGER, type Ledger, UNIT } from '../../src/domain/ledger.ts';
import type { Order, RunCloseRequested } from '../../src/domain/records.ts';
import { closedOf, createChannel } from './channel.ts';
import { aCommand, anOrder } from './commands.ts';

/** A channel, and the people who order in its next run: user ids, or the fields of the order that matter. */
export type Given = {
  policy?: Partial<ChannelPolicy>;
  ledger?: Ledger;
  orders: readonly (string | Partial<Order>)[];
  command?: Partial<RunCloseRequested>;
};

export const decided = ({ policy = {}, ledger = EMPTY_LEDGER, orders, command = {} }: Given) => {
  const all = orders.map((order) => anOrder(typeof order === 'string' ? { userId: order } : order));
  return closedOf(createChannel(policy, ledger).preview(aCommand({ orders: all, ...command })));
};

/** The pick, and its reason. */
export const pick = (given: Given) => {
  const { runner, fairness } = decided(given);
  return { runner: runner.userId, reason: fairness.reason };
};

/** A member who is this many runs behind. */
export const behind = (runs: number) => ({ balance: -runs * UNIT });

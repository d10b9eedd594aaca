import { type LedgerHead, type LedgerLookup, newMember } from './ledger.ts';
import type { Standing } from './policies.ts';
import type { Order } from './records.ts';

/** A person who ordered in the run, and the person's numbers in the ledger before the run. */
export type Participant = Standing & { readonly order: Order; readonly served: number };

/** One participant for each order, in the order of the orders. */
export const participantsOf = (
  { head, members }: LedgerLookup,
  windowRuns: number,
  orders: readonly Order[],
): Participant[] => {
  const services = servicesInWindow(head, windowRuns);
  return orders.map((order) => {
    const { userId } = order;
    const { balance, served, lastServedSequence } = members.get(userId) ?? newMember(userId);
    return {
      order,
      userId,
      balance,
      served,
      servedInWindow: services.get(userId) ?? 0,
      lastServedSequence,
    };
  });
};

/** How often each person served in the channel's last `windowRuns` runs. */
const servicesInWindow = ({ ring }: LedgerHead, windowRuns: number): ReadonlyMap<string, number> => {
  const services = new Map<string, number>();
  for (let at = Math.max(0, ring.length - windowRuns); at < ring.length; at += 1) {
    const userId = ring[at] as string;
    services.set(userId, (services.get(userId) ?? 0) + 1);
  }
  return services;
};

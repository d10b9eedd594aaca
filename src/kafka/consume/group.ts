import type { MemberFacts } from './member-facts.ts';

/** The topic that a group reads. */
export type Subscription = { readonly groupId: string; readonly topic: string };

/** A member of a consumer group, and its current partitions of one topic. */
export type GroupMember = {
  readonly clientId: string;
  /** The member's address, as the broker sees it. */
  readonly host: string;
  readonly partitions: readonly number[];
  /** The topics that the member subscribes; none while the group rebalances, because brokers then show empty subscriptions. */
  readonly topics: readonly string[];
  /** What the member says about its process; null: nothing. */
  readonly facts: MemberFacts | null;
};

export type Group = {
  /** By Kafka's name: `Stable`, `PreparingRebalance`, `CompletingRebalance`, `Empty`, `Dead`. */
  readonly state: string;
  /** `consumer` for consumers. Other kinds of clients use other names, such as `connect`; empty if the group is dead. */
  readonly protocolType: string;
  readonly members: readonly GroupMember[];
};

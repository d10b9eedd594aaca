import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../domain/channel-policy.ts';
import { EMPTY_HEAD, type LedgerChange, type LedgerHead, type Member, newMember } from '../domain/ledger.ts';
import type { PolicyVersion } from './history.ts';

/** A channel's ledger as a replay has folded it. */
export type FoldedLedger = {
  readonly channelId: string;
  readonly head: LedgerHead;
  readonly members: ReadonlyMap<string, Member>;
  readonly revision: number;
  readonly policyVersion: number;
};

/** A channel's ledger, folded in place. Its size depends on the number of members, not on the history. */
export type ReplayedChannel = {
  readonly policy: ChannelPolicy;
  readonly ledger: { readonly head: LedgerHead; readonly members: ReadonlyMap<string, Member> };
  /** Applies the changes of a closed run. Returns the revision after it. */
  close(change: LedgerChange): number;
  /** Applies a rejection, which changes only the revision. Returns the new revision. */
  reject(): number;
};

export type ChannelLedgers = {
  /** The channel, ready for its next command: under the policy version that was in force then. */
  of(channelId: string): ReplayedChannel;
  /** The ledger after all policy versions up to this one that apply. Undefined if the channel has neither a decision nor a version. */
  folded(channelId: string, policyVersion: number): FoldedLedger | undefined;
  channelIds(): Iterable<string>;
  /** The current ledgers of all channels that were folded. */
  all(): readonly FoldedLedger[];
};

/** @param start the ledgers to start from, if the history does not contain the first commands */
export const createChannelLedgers = (
  policies: readonly PolicyVersion[],
  start: Iterable<FoldedLedger> = [],
): ChannelLedgers => {
  const versions = byChannel(policies);
  const channels = new Map<string, Channel>();
  for (const ledger of start) channels.set(ledger.channelId, openChannel(versions, ledger));

  const find = (channelId: string): Channel | undefined => {
    const known = channels.get(channelId);
    if (known !== undefined || !versions.has(channelId)) return known;
    return open(channelId);
  };

  const open = (channelId: string): Channel => {
    const channel = openChannel(versions, {
      channelId,
      head: EMPTY_HEAD,
      members: new Map(),
      revision: 0,
      policyVersion: 0,
    });
    channels.set(channelId, channel);
    return channel;
  };

  return {
    of: (channelId) => {
      const channel = channels.get(channelId) ?? open(channelId);
      channel.advancePolicy(Infinity);
      return channel;
    },
    folded: (channelId, policyVersion) => {
      const channel = find(channelId);
      channel?.advancePolicy(policyVersion);
      return channel?.folded();
    },
    all: () => [...channels.values()].map((channel) => channel.folded()),
    channelIds: () => new Set([...channels.keys(), ...versions.keys()]),
  };
};

type Channel = ReplayedChannel & {
  /** Applies the policy versions that are due, up to version `upTo`. Each version is a revision of its own. */
  advancePolicy(upTo: number): void;
  folded(): FoldedLedger;
};

const openChannel = (
  versionsByChannel: ReadonlyMap<string, readonly PolicyVersion[]>,
  start: FoldedLedger,
): Channel => {
  const versions = versionsByChannel.get(start.channelId) ?? [];
  const members = new Map<string, Writable<Member>>();
  for (const member of start.members.values()) takeOver(members, member);
  const ring = [...start.head.ring];
  let { revision } = start;
  let next = versions.findIndex(({ policy }) => policy.version > start.policyVersion);
  if (next < 0) next = versions.length;
  const head = { ...start.head, ring };
  // Do not use getters here: V8 would store the object as a dictionary, with slow access to all of its properties.
  const channel: Writable<Channel> = {
    policy: versions[next - 1]?.policy ?? DEFAULT_CHANNEL_POLICY,
    ledger: { head, members },
    close: (change) => {
      const { sequence, previousRunner, ring: changed } = change.head;
      head.sequence = sequence;
      head.previousRunner = previousRunner;
      ring.push(...changed.slice(-1));
      if (ring.length > changed.length) ring.shift();
      for (const member of change.members) takeOver(members, member);
      return ++revision;
    },
    reject: () => ++revision,
    advancePolicy: (upTo) => {
      for (;;) {
        const version = versions[next];
        if (version === undefined || version.afterRevision > revision || version.policy.version > upTo)
          return;
        channel.policy = version.policy;
        revision += 1;
        next += 1;
      }
    },
    folded: () => ({
      channelId: start.channelId,
      head,
      members,
      revision,
      policyVersion: channel.policy.version,
    }),
  };
  return channel;
};

/** Copies field by field: `Object.assign` took five times as long. Keeps the known `userId`, so that its text is not in memory twice. */
const takeOver = (members: Map<string, Writable<Member>>, member: Member): void => {
  let known = members.get(member.userId);
  if (known === undefined) {
    known = newMember(member.userId);
    members.set(member.userId, known);
  }
  known.balance = member.balance;
  known.served = member.served;
  known.attended = member.attended;
  known.lastServedSequence = member.lastServedSequence;
  known.lastSeenSequence = member.lastSeenSequence;
};

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const byChannel = (policies: readonly PolicyVersion[]): ReadonlyMap<string, readonly PolicyVersion[]> => {
  const versions = new Map<string, PolicyVersion[]>();
  for (const version of policies) {
    const ofChannel = versions.get(version.channelId) ?? [];
    versions.set(version.channelId, ofChannel);
    ofChannel.push(version);
  }
  return versions;
};

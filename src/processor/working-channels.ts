import type { ChannelPolicy } from '../domain/channel-policy.ts';
import type { Ledger, LedgerChange, Member } from '../domain/ledger.ts';
import type { ClosedBy } from '../domain/rejection.ts';
import type { BatchState, ChangedLedger } from './ports/decision-store.ts';

/** A channel while a batch is decided: each decision sees what the ones before it in the batch have changed. */
export type WorkingChannel = {
  readonly policy: ChannelPolicy;
  readonly ledger: Ledger;
  /** The command that closed a run, in this batch or before it. */
  closedBy(runId: string): ClosedBy | undefined;
  /** Takes over what a closed run changes. Returns the revision after it. */
  close(runId: string, closedBy: ClosedBy, change: LedgerChange): number;
  /** A rejection changes nothing but the revision, which it returns. */
  reject(): number;
};

export type WorkingChannels = {
  of(channelId: string): WorkingChannel;
  changed(): readonly ChangedLedger[];
};

/** Changes are applied in place, so that a decision costs O(participants) however large the batch; `state` stays untouched. */
export const createWorkingChannels = (state: BatchState): WorkingChannels => {
  const channels = new Map<string, WorkingChannel & { changed(): ChangedLedger | null }>();
  return {
    of: (channelId) => {
      let channel = channels.get(channelId);
      if (channel === undefined) {
        channel = openChannel(channelId, state);
        channels.set(channelId, channel);
      }
      return channel;
    },
    changed: () =>
      [...channels.values()].map((channel) => channel.changed()).filter((change) => change !== null),
  };
};

const openChannel = (channelId: string, state: BatchState) => {
  const before = state.channel(channelId);
  const members = new Map(before.ledger.members);
  const ledger = { head: before.ledger.head, members };
  const closed = new Map<string, ClosedBy>();
  const changedMembers = new Map<string, Member>();
  let revision = before.revision;
  return {
    policy: before.policy,
    ledger,
    closedBy: (runId: string) => closed.get(runId) ?? state.closedBy(channelId, runId),
    close: (runId: string, closedBy: ClosedBy, change: LedgerChange) => {
      ledger.head = change.head;
      for (const member of change.members) {
        members.set(member.userId, member);
        changedMembers.set(member.userId, member);
      }
      closed.set(runId, closedBy);
      return ++revision;
    },
    reject: () => ++revision,
    changed: () =>
      revision === before.revision
        ? null
        : { channelId, head: ledger.head, revision, members: [...changedMembers.values()] },
  };
};

import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../../domain/channel-policy.ts';
import type { BatchState, ChannelState, StoredDecision } from '../../processor/ports.ts';
import type { LockedLedger } from './lock-ledgers.ts';
import type { ClosedRunRow } from './read-closed-runs.ts';
import type { MembersByChannel } from './read-members.ts';
import type { Stored } from './read-stored.ts';

/** All that was read for one batch. */
export type BatchRows = {
  readonly stored: Stored;
  readonly ledgers: ReadonlyMap<string, LockedLedger>;
  readonly policies: ReadonlyMap<string, ChannelPolicy>;
  readonly known: readonly StoredDecision[];
  readonly closedRuns: readonly ClosedRunRow[];
  readonly members: MembersByChannel;
};

export const batchState = ({
  stored,
  ledgers,
  policies,
  known,
  closedRuns,
  members,
}: BatchRows): BatchState => {
  const decisions = new Map(known.map((row) => [pair(row.channelId, row.commandId), row]));
  const closedBy = new Map(closedRuns.map((row) => [pair(row.channel_id, row.run_id), row.command_id]));
  return {
    emitted: (offset) => stored.emitted.get(offset),
    decision: (channelId, commandId) => decisions.get(pair(channelId, commandId)),
    closedBy: (channelId, runId) => closedBy.get(pair(channelId, runId)),
    channel: (channelId): ChannelState => {
      const ledger = ledgers.get(channelId);
      if (ledger === undefined) throw new RangeError(`channel ${channelId} was not claimed by this batch`);
      return {
        ledger: { head: ledger.head, members: members.get(channelId) ?? new Map() },
        policy: policies.get(channelId) ?? DEFAULT_CHANNEL_POLICY,
        revision: ledger.revision,
      };
    },
  };
};

// Ids that are claimed hold no control characters, so a line feed parts them without doubt.
const pair = (one: string, other: string): string => `${one}\n${other}`;

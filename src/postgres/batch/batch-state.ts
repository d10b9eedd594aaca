import { DEFAULT_CHANNEL_POLICY, type ChannelPolicy } from '../../domain/channel-policy.ts';
import { idPair } from '../../domain/ids.ts';
import type { BatchState, ChannelState, StoredDecision } from '../../processor/ports/decision-store.ts';
import type { LockedLedger } from './lock-ledgers.ts';
import type { ClosedRunRow } from './read-closed-runs.ts';
import type { MembersByChannel } from './read-members.ts';
import type { Stored } from './read-stored.ts';

/** Everything that was read for one batch. */
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
  const decisions = new Map(known.map((row) => [idPair(row.channelId, row.commandId), row]));
  const closedBy = new Map(
    closedRuns.map((row) => [
      idPair(row.channel_id, row.run_id),
      { commandId: row.command_id, runnerUserId: row.runner_user_id },
    ]),
  );
  return {
    emitted: (offset) => stored.emitted.get(offset),
    writtenWith: (offset) => stored.writtenWith.get(offset) ?? {},
    commandAt: (offset) => stored.commands.get(offset),
    decision: (channelId, commandId) => decisions.get(idPair(channelId, commandId)),
    closedBy: (channelId, runId) => closedBy.get(idPair(channelId, runId)),
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

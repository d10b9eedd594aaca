import { idPair } from '../../domain/ids.ts';
import type {
  BatchState,
  Bodies,
  ChannelState,
  StoredDecision,
} from '../../processor/ports/decision-store.ts';
import { fingerprintsOf } from '../bodies.ts';
import type { ClosedRunRow } from './read-closed-runs.ts';
import type { LockedLedger } from './read-ledgers.ts';
import type { MembersByChannel } from './read-members.ts';
import type { StoredRow } from './read-stored.ts';

/** Everything that was read for one batch. */
export type BatchRows = {
  /** The key under which the store keeps positions of the batch's partition. */
  readonly sourceId: number;
  /** The decisions on the batch's own records. */
  readonly stored: readonly StoredRow[];
  /** The events of these decisions, by offset. */
  readonly bodies: ReadonlyMap<number, Bodies>;
  readonly ledgers: ReadonlyMap<string, LockedLedger>;
  readonly known: readonly StoredDecision[];
  readonly closedRuns: readonly ClosedRunRow[];
  readonly members: MembersByChannel;
};

export const batchState = (rows: BatchRows): BatchState => {
  const { bodies, ledgers, members } = rows;
  const stored = new Map(rows.stored.map((row) => [row.source_offset, row]));
  const decisions = new Map(rows.known.map((row) => [idPair(row.channelId, row.commandId), row]));
  const closedBy = new Map(
    rows.closedRuns.map((row) => [
      idPair(row.channel_id, row.run_id),
      { commandId: row.command_id, runnerUserId: row.runner_user_id },
    ]),
  );
  return {
    emitted: (offset) => bodies.get(offset),
    writtenWith: (offset) => {
      const row = stored.get(offset);
      return row === undefined ? {} : fingerprintsOf(row.outcome, row.schema_fingerprint);
    },
    commandAt: (offset) => {
      const row = stored.get(offset);
      return row && { channelId: row.channel_id, commandId: row.command_id, contentHash: row.content_hash };
    },
    decision: ({ channelId, commandId }) => decisions.get(idPair(channelId, commandId)),
    closedBy: ({ channelId, runId }) => closedBy.get(idPair(channelId, runId)),
    channel: (channelId): ChannelState => {
      const ledger = ledgers.get(channelId);
      if (ledger === undefined) throw new RangeError(`channel ${channelId} was not claimed by this batch`);
      const { head, policy, revision } = ledger;
      return { ledger: { head, members: members.get(channelId) ?? new Map() }, policy, revision };
    },
  };
};

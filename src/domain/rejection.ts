import type { ChannelPolicy } from './channel-policy.ts';
import type { RunCloseRequested } from './records.ts';

export type RejectionReason =
  | 'INVALID_COMMAND'
  | 'COMMAND_ID_REUSED'
  | 'CHANNEL_DISABLED'
  | 'RUN_ALREADY_CLOSED'
  | 'UNAUTHORIZED'
  | 'NO_ELIGIBLE_RUNNER';

/** A refusal leaves the run open and the ledger untouched: a later command may still close it. */
export type Rejected = {
  readonly kind: 'rejected';
  readonly reason: RejectionReason;
  /** For people. Ids at most: neither names nor texts. */
  readonly message: string;
  /** Null where no policy was looked at. */
  readonly policyVersion: number | null;
};

/**
 * Why a channel refuses a command before anybody's standing is looked at, or null where it does not: the first that holds.
 *
 * @param closedBy the command that closed the run, if one did
 */
export const refusalOf = (
  policy: ChannelPolicy,
  closedBy: string | undefined,
  { channelId, runId, initiatorUserId, actorUserId }: RunCloseRequested,
): Rejected | null => {
  if (!policy.enabled) return rejected(policy, 'CHANNEL_DISABLED', `channel ${channelId} is disabled`);
  if (closedBy !== undefined) {
    return rejected(policy, 'RUN_ALREADY_CLOSED', `run ${runId} was closed by command ${closedBy}`);
  }
  if (actorUserId !== initiatorUserId && !policy.adminUserIds.includes(actorUserId)) {
    const message = `${actorUserId} is neither the initiator of run ${runId} nor an admin of channel ${channelId}`;
    return rejected(policy, 'UNAUTHORIZED', message);
  }
  return null;
};

export const noEligibleRunner = (policy: ChannelPolicy, { runId, orders }: RunCloseRequested): Rejected =>
  rejected(
    policy,
    'NO_ELIGIBLE_RUNNER',
    orders.length === 0 ? `run ${runId} has no orders` : `nobody who ordered in run ${runId} can run`,
  );

const rejected = ({ version }: ChannelPolicy, reason: RejectionReason, message: string): Rejected => ({
  kind: 'rejected',
  reason,
  message,
  policyVersion: version,
});

import type { ChannelPolicy } from './channel-policy.ts';
import type { RunCloseRequested } from './records.ts';
import { shellWord } from './words/shell-word.ts';

export const REJECTION_REASONS = [
  'INVALID_COMMAND',
  'COMMAND_ID_REUSED',
  'CHANNEL_DISABLED',
  'RUN_ALREADY_CLOSED',
  'UNAUTHORIZED',
  'NO_ELIGIBLE_RUNNER',
] as const;
export type RejectionReason = (typeof REJECTION_REASONS)[number];

/** A rejection leaves the run open and the ledger untouched: a later command may still close it. */
export type Rejected = {
  readonly kind: 'rejected';
  readonly reason: RejectionReason;
  /** One sentence for developers: what is wrong and what to do next. Contains ids, but no names and no texts of people. */
  readonly message: string;
  /** Null: rejected before any policy was read. */
  readonly policyVersion: number | null;
};

/** The command that closed a run, and the person who makes that run. */
export type ClosedBy = { readonly commandId: string; readonly runnerUserId: string };

/** A rejected command keeps its id, so a new try needs another one. */
const SEND_AGAIN = 'send the command again with a new commandId';

/**
 * The first reason to reject a command without looking at its orders; null if there is none.
 *
 * @param closedBy undefined while the run is open
 */
export const refusalOf = (
  policy: ChannelPolicy,
  closedBy: ClosedBy | undefined,
  command: RunCloseRequested,
): Rejected | null => {
  const { channelId, runId, initiatorUserId, actorUserId } = command;
  if (!policy.enabled) {
    const message = `channel ${channelId} is disabled: enable it with \`runclose channel set ${shellWord(channelId)} --enabled true\`, then ${SEND_AGAIN}`;
    return rejected(policy, 'CHANNEL_DISABLED', message);
  }
  if (closedBy !== undefined) {
    const message = `run ${runId} is already closed: command ${closedBy.commandId} chose ${closedBy.runnerUserId} to go, so send no more commands for this run`;
    return rejected(policy, 'RUN_ALREADY_CLOSED', message);
  }
  if (actorUserId !== initiatorUserId && !policy.adminUserIds.includes(actorUserId)) {
    return rejected(policy, 'UNAUTHORIZED', unauthorized(policy, command));
  }
  return null;
};

/** The rejection of a command without orders, or without anybody who can run. */
export const noEligibleRunner = (policy: ChannelPolicy, { runId, orders }: RunCloseRequested): Rejected =>
  rejected(
    policy,
    'NO_ELIGIBLE_RUNNER',
    orders.length === 0
      ? `nobody ordered in run ${runId}: ${SEND_AGAIN} when somebody has`
      : `nobody who ordered in run ${runId} can run: ${SEND_AGAIN} when at least one order has canRun true`,
  );

const unauthorized = (
  { adminUserIds }: ChannelPolicy,
  { channelId, runId, initiatorUserId, actorUserId }: RunCloseRequested,
): string => {
  const initiator = `let ${initiatorUserId}, who opened the run,`;
  const who =
    adminUserIds.length === 0
      ? `${initiator} close it, because channel ${channelId} has no admins`
      : `${initiator} or an admin of channel ${channelId} (${someOf(adminUserIds)}) close it`;
  return `${actorUserId} may not close run ${runId}: ${who}`;
};

const MAX_NAMED = 5;

const someOf = (userIds: readonly string[]): string => {
  const more = userIds.length - MAX_NAMED;
  return `${userIds.slice(0, MAX_NAMED).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
};

const rejected = ({ version }: ChannelPolicy, reason: RejectionReason, message: string): Rejected => ({
  kind: 'rejected',
  reason,
  message,
  policyVersion: version,
});

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

/** A rejection changes nothing: if the run is open, a later command may still close it. */
export type Rejected = {
  readonly kind: 'rejected';
  readonly reason: RejectionReason;
  /** One sentence for developers: what is wrong and what to do next. Contains ids, but no names and nothing that people typed. */
  readonly message: string;
  /** Null if the command was rejected before its channel's policy was read. */
  readonly policyVersion: number | null;
};

/** The command that closed a run, and the person who fetches its drinks. */
export type ClosedBy = { readonly commandId: string; readonly runnerUserId: string };

/** A rejected command uses up its `commandId`, so a retry needs a new one. */
const SEND_AGAIN = 'send the command again with a new commandId';

/**
 * Checks everything except the orders. Returns the first rejection, or null.
 *
 * @param closedBy undefined while the run is open
 */
export const rejectionBeforeOrders = (
  policy: ChannelPolicy,
  closedBy: ClosedBy | undefined,
  command: RunCloseRequested,
): Rejected | null => {
  const { channelId, runId, initiatorUserId, actorUserId } = command;
  if (!policy.enabled) {
    const message = `channel ${channelId} is disabled: enable it with \`runclose channel set ${shellWord(channelId)} --enabled true\`, then ${SEND_AGAIN}`;
    return reject(policy, 'CHANNEL_DISABLED', message);
  }
  if (closedBy !== undefined) {
    const message = `run ${runId} is already closed: command ${closedBy.commandId} chose ${closedBy.runnerUserId} to go, so send no more commands for this run`;
    return reject(policy, 'RUN_ALREADY_CLOSED', message);
  }
  if (actorUserId !== initiatorUserId && !policy.adminUserIds.includes(actorUserId)) {
    return reject(policy, 'UNAUTHORIZED', unauthorizedMessage(policy, command));
  }
  return null;
};

/** Rejects a command without orders, or without anybody who can run. */
export const rejectWithoutRunner = (policy: ChannelPolicy, { runId, orders }: RunCloseRequested): Rejected =>
  reject(
    policy,
    'NO_ELIGIBLE_RUNNER',
    orders.length === 0
      ? `nobody ordered in run ${runId}: ${SEND_AGAIN} when somebody has`
      : `nobody who ordered in run ${runId} can run: ${SEND_AGAIN} when at least one order has canRun true`,
  );

const unauthorizedMessage = (
  { adminUserIds }: ChannelPolicy,
  { channelId, runId, initiatorUserId, actorUserId }: RunCloseRequested,
): string => {
  const initiator = `let ${initiatorUserId}, who opened the run,`;
  const remedy =
    adminUserIds.length === 0
      ? `${initiator} close it, because channel ${channelId} has no admins`
      : `${initiator} or an admin of channel ${channelId} (${listAdmins(adminUserIds)}) close it`;
  return `${actorUserId} may not close run ${runId}: ${remedy}`;
};

const MAX_LISTED_ADMINS = 5;

const listAdmins = (userIds: readonly string[]): string => {
  const more = userIds.length - MAX_LISTED_ADMINS;
  return `${userIds.slice(0, MAX_LISTED_ADMINS).join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
};

const reject = ({ version }: ChannelPolicy, reason: RejectionReason, message: string): Rejected => ({
  kind: 'rejected',
  reason,
  message,
  policyVersion: version,
});

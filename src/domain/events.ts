import type { ChannelPolicy } from './channel-policy.ts';
import type { Closed } from './decide.ts';
import { echoed } from './ids.ts';
import type { ClosedRun } from './ledger.ts';
import { byUserId } from './policies.ts';
import type { Order, RunClosed, RunCloseRejected, RunCloseRequested, RunSummary } from './records.ts';
import type { Rejected } from './rejection.ts';
import { sortFew } from './sort-few.ts';
import { channelText, runnerText, totalDrinksOf } from './summary.ts';
import { nearestValidTime } from './times.ts';

/** The `run.closed` event of a command that closed a run. */
export const runClosed = (
  command: RunCloseRequested,
  { sequence, runner, fairness }: Closed,
  eventId: string,
): RunClosed => ({
  eventId,
  commandId: command.commandId,
  correlationId: command.correlationId,
  runId: command.runId,
  channelId: command.channelId,
  channelName: command.channelName,
  sequence,
  runner,
  participantCount: command.orders.length,
  closedAt: command.requestedAt,
  fairness,
});

/** The `run.summary` event of a closed run. Its texts depend on the reminder settings of `policy`. */
export const runSummary = (
  command: RunCloseRequested,
  closed: ClosedRun,
  policy: ChannelPolicy,
  eventId: string,
): RunSummary => {
  const orders = sortFew([...command.orders], bySubmission);
  const toChannel = channelText(command, closed, orders);
  return {
    eventId,
    commandId: command.commandId,
    correlationId: command.correlationId,
    runId: command.runId,
    channelId: command.channelId,
    channelName: command.channelName,
    sequence: closed.sequence,
    closedAt: command.requestedAt,
    pickupTime: command.pickupTime,
    pickupNote: command.pickupNote,
    runner: closed.runner,
    orders,
    participantCount: orders.length,
    totalDrinks: totalDrinksOf(orders),
    remindersEnabled: policy.remindersEnabled,
    reminderOffsetMinutes: policy.reminderOffsetMinutes,
    fairnessExplanation: closed.fairness.explanation,
    channelText: toChannel,
    runnerText: runnerText(toChannel, command, orders, policy),
  };
};

/** The `run.close.rejected` event of a command. Ids are made fit to echo, because the command may be invalid. */
export const runCloseRejected = (
  command: RunCloseRequested,
  { reason, message, policyVersion }: Omit<Rejected, 'kind'>,
  eventId: string,
): RunCloseRejected => ({
  eventId,
  commandId: echoed(command.commandId),
  correlationId: command.correlationId === null ? null : echoed(command.correlationId),
  runId: echoed(command.runId),
  channelId: echoed(command.channelId),
  actorUserId: echoed(command.actorUserId),
  reason,
  message,
  policyVersion,
  rejectedAt: nearestValidTime(command.requestedAt),
});

/**
 * The rejection of an invalid command.
 * @param fault as `firstFault` returns it
 */
export const invalidCommand = (
  command: RunCloseRequested,
  { fault, eventId }: { readonly fault: string; readonly eventId: string },
): RunCloseRejected =>
  runCloseRejected(command, { reason: 'INVALID_COMMAND', message: fault, policyVersion: null }, eventId);

/**
 * The rejection of a command whose id belongs to another command.
 * @param field the first field in which the two commands differ
 */
export const reusedCommandId = (
  command: RunCloseRequested,
  field: keyof RunCloseRequested,
  eventId: string,
): RunCloseRejected => {
  const message = `commandId ${command.commandId} belongs to another command, which differs first in ${field}: send this one with a new commandId`;
  return runCloseRejected(command, { reason: 'COMMAND_ID_REUSED', message, policyVersion: null }, eventId);
};

const bySubmission = (a: Order, b: Order): number => a.submittedAt - b.submittedAt || byUserId(a, b);

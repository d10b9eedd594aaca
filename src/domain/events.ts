import type { ChannelPolicy } from './channel-policy.ts';
import type { Closed } from './decide.ts';
import { echoed } from './ids.ts';
import type { ClosedRun } from './ledger.ts';
import { byUserId } from './policies.ts';
import type { Order, RunClosed, RunCloseRejected, RunCloseRequested, RunSummary } from './records.ts';
import type { Rejected } from './rejection.ts';
import { sortFew } from './sort-few.ts';
import { channelText, runnerText, totalOf } from './summary.ts';
import { nearestValidTime } from './times.ts';

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
    totalDrinks: totalOf(orders),
    remindersEnabled: policy.remindersEnabled,
    reminderOffsetMinutes: policy.reminderOffsetMinutes,
    fairnessExplanation: closed.fairness.explanation,
    channelText: toChannel,
    runnerText: runnerText(toChannel, command, orders, policy),
  };
};

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

/** @param fault begins with the path of the first fault */
export const invalidCommand = (
  command: RunCloseRequested,
  fault: string,
  eventId: string,
): RunCloseRejected =>
  runCloseRejected(command, { reason: 'INVALID_COMMAND', message: fault, policyVersion: null }, eventId);

/** @param field the first field in which the command differs from the command that claimed the id first */
export const reusedCommandId = (
  command: RunCloseRequested,
  field: keyof RunCloseRequested,
  eventId: string,
): RunCloseRejected => {
  const message = `commandId ${command.commandId} belongs to another command, which differs first in ${field}: send this one with a new commandId`;
  return runCloseRejected(command, { reason: 'COMMAND_ID_REUSED', message, policyVersion: null }, eventId);
};

const bySubmission = (a: Order, b: Order): number => a.submittedAt - b.submittedAt || byUserId(a, b);

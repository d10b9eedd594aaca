import { expect } from 'chai';
import { DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import {
  invalidCommand,
  reusedCommandId,
  runCloseRejected,
  runClosed,
  runSummary,
} from '../../../src/domain/events.ts';
import type { Order } from '../../../src/domain/records.ts';
import { channelText, runnerText } from '../../../src/domain/summary.ts';
import { closedOf, createChannel } from '../../support/channel.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const command = aCommand({
  correlationId: 'correlation-1',
  pickupTime: Date.UTC(2026, 0, 5, 8, 30),
  pickupNote: 'side door',
  orders: [
    anOrder({ userId: 'U3', submittedAt: 2000 }),
    anOrder({ userId: 'U2', submittedAt: 1000, quantity: 4 }),
    anOrder({ userId: 'U1', submittedAt: 2000, slackUserId: 'S1' }),
  ],
});
const policy = { ...DEFAULT_CHANNEL_POLICY, remindersEnabled: false, reminderOffsetMinutes: 15 };
const closed = closedOf(createChannel(policy).preview(command));

describe('run.closed', () => {
  it('carries the decision and what it was asked for', () => {
    expect(runClosed(command, closed, 'event-1')).to.deep.equal({
      eventId: 'event-1',
      commandId: 'command-1',
      correlationId: 'correlation-1',
      runId: 'run-1',
      channelId: 'C1',
      channelName: 'coffee',
      sequence: 1,
      runner: closed.runner,
      participantCount: 3,
      closedAt: command.requestedAt,
      fairness: closed.fairness,
    });
  });
});

describe('run.summary', () => {
  const [third, second, first] = command.orders;
  const orders = [second, first, third];

  it('carries the orders as they were submitted, the texts and the reminder', () => {
    const text = channelText(
      command,
      closed,
      command.orders.toSorted((a, b) => orders.indexOf(a) - orders.indexOf(b)),
    );
    expect(runSummary(command, closed, policy, 'event-2')).to.deep.equal({
      eventId: 'event-2',
      commandId: 'command-1',
      correlationId: 'correlation-1',
      runId: 'run-1',
      channelId: 'C1',
      channelName: 'coffee',
      sequence: 1,
      closedAt: command.requestedAt,
      pickupTime: command.pickupTime,
      pickupNote: 'side door',
      runner: closed.runner,
      orders,
      participantCount: 3,
      totalDrinks: 6,
      remindersEnabled: false,
      reminderOffsetMinutes: 15,
      fairnessExplanation: closed.fairness.explanation,
      channelText: text,
      runnerText: runnerText(text, command, orders as Order[], policy),
    });
  });

  it('leaves the order of the command as it is', () => {
    expect(command.orders).to.deep.equal([third, second, first]);
  });
});

describe('run.close.rejected', () => {
  const rejection = {
    kind: 'rejected',
    reason: 'UNAUTHORIZED',
    message: 'not you',
    policyVersion: 3,
  } as const;

  it('carries the refusal and what was asked for', () => {
    expect(runCloseRejected(command, rejection, 'event-3')).to.deep.equal({
      eventId: 'event-3',
      commandId: 'command-1',
      correlationId: 'correlation-1',
      runId: 'run-1',
      channelId: 'C1',
      actorUserId: 'U1',
      reason: 'UNAUTHORIZED',
      message: 'not you',
      policyVersion: 3,
      rejectedAt: command.requestedAt,
    });
  });

  it('knows no policy for a command whose id was claimed', () => {
    expect(reusedCommandId(command, 'orders', 'event-4')).to.deep.equal({
      ...runCloseRejected(command, rejection, 'event-4'),
      reason: 'COMMAND_ID_REUSED',
      message:
        'commandId command-1 belongs to another command, which differs first in orders: send this one with a new commandId',
      policyVersion: null,
    });
  });

  it('echoes the ids of an invalid command, and the valid time that is nearest to its own', () => {
    const invalid = aCommand({
      commandId: 'a\nb',
      correlationId: '\ud83d',
      runId: 'x'.repeat(200),
      channelId: '',
      actorUserId: 'U\ufffd',
      requestedAt: -5,
    });
    expect(
      invalidCommand(invalid, { fault: 'commandId: has a control character', eventId: 'event-5' }),
    ).to.deep.equal({
      eventId: 'event-5',
      commandId: 'a?b',
      correlationId: '?',
      runId: 'x'.repeat(128),
      channelId: '',
      actorUserId: 'U?',
      reason: 'INVALID_COMMAND',
      message: 'commandId: has a control character',
      policyVersion: null,
      rejectedAt: 0,
    });
    // In microseconds, where milliseconds were meant.
    const inMicroseconds = aCommand({ requestedAt: Date.UTC(2026, 2, 2) * 1_000 });
    expect(
      invalidCommand(inMicroseconds, { fault: 'requestedAt: too late', eventId: 'event-7' }).rejectedAt,
    ).to.equal(Date.UTC(2100, 0, 1) - 1);
  });

  it('has no correlation id if the command has none', () => {
    expect(runCloseRejected(aCommand(), rejection, 'event-6').correlationId).to.equal(null);
  });
});

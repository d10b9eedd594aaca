import { expect } from 'chai';
import { type ChannelPolicy, DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { decide } from '../../../src/domain/decide.ts';
import { EMPTY_LEDGER } from '../../../src/domain/ledger.ts';
import type { ClosedBy } from '../../../src/domain/rejection.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const outcome = (policy: Partial<ChannelPolicy>, command: Partial<RunCloseRequested>, closedBy?: ClosedBy) =>
  decide(
    { ledger: EMPTY_LEDGER, policy: { ...DEFAULT_CHANNEL_POLICY, ...policy }, closedBy },
    aCommand(command),
  );

const stranger = { initiatorUserId: 'U1', actorUserId: 'U9' };

const closedBy: ClosedBy = { commandId: 'command-0', runnerUserId: 'U2' };

describe('a channel refuses a command', () => {
  it('when it is disabled', () => {
    expect(outcome({ enabled: false, version: 3 }, {})).to.deep.equal({
      kind: 'rejected',
      reason: 'CHANNEL_DISABLED',
      message:
        'channel C1 is disabled: enable it with `runclose channel set C1 --enabled true`, ' +
        'then send the command again with a new commandId',
      policyVersion: 3,
    });
  });

  it('when another command has closed the run, and names it', () => {
    expect(outcome({}, {}, closedBy)).to.deep.equal({
      kind: 'rejected',
      reason: 'RUN_ALREADY_CLOSED',
      message:
        'run run-1 is already closed: command command-0 chose U2 to go, so send no more commands for this run',
      policyVersion: 0,
    });
  });

  it('when the actor is neither the initiator nor an admin', () => {
    expect(outcome({ adminUserIds: ['U7'] }, stranger)).to.deep.equal({
      kind: 'rejected',
      reason: 'UNAUTHORIZED',
      message:
        'U9 may not close run run-1: let U1, who opened the run, or an admin of channel C1 (U7) close it',
      policyVersion: 0,
    });
  });

  it('and says who may close the run: the initiator, and the first few admins', () => {
    const messageFor = (adminUserIds: readonly string[]) => {
      const decision = outcome({ adminUserIds }, stranger);
      return decision.kind === 'rejected' ? decision.message : undefined;
    };
    expect(messageFor([])).to.equal(
      'U9 may not close run run-1: let U1, who opened the run, close it, because channel C1 has no admins',
    );
    expect(messageFor(['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7'])).to.match(
      / or an admin of channel C1 \(A1, A2, A3, A4, A5 and 2 more\) close it$/,
    );
  });

  it('and quotes a channel id that a shell would not take as one word', () => {
    expect(outcome({ enabled: false }, { channelId: '$(x)' })).to.include({
      message:
        "channel $(x) is disabled: enable it with `runclose channel set '$(x)' --enabled true`, " +
        'then send the command again with a new commandId',
    });
  });

  it('when nobody ordered', () => {
    expect(outcome({}, { orders: [] })).to.deep.equal({
      kind: 'rejected',
      reason: 'NO_ELIGIBLE_RUNNER',
      message: 'nobody ordered in run run-1: send the command again with a new commandId when somebody has',
      policyVersion: 0,
    });
  });

  it('when nobody who ordered can run', () => {
    expect(outcome({}, { orders: [anOrder({ canRun: false })] })).to.deep.equal({
      kind: 'rejected',
      reason: 'NO_ELIGIBLE_RUNNER',
      message:
        'nobody who ordered in run run-1 can run: send the command again with a new commandId when at least one order has canRun true',
      policyVersion: 0,
    });
  });

  it('for the first of these that holds', () => {
    const nothingRight = { ...stranger, orders: [] };
    expect(outcome({ enabled: false }, nothingRight, closedBy)).to.include({ reason: 'CHANNEL_DISABLED' });
    expect(outcome({}, nothingRight, closedBy)).to.include({ reason: 'RUN_ALREADY_CLOSED' });
    expect(outcome({}, nothingRight)).to.include({ reason: 'UNAUTHORIZED' });
  });
});

describe('a channel accepts a command', () => {
  it('from the initiator', () => {
    expect(outcome({ adminUserIds: ['U7'] }, {})).to.include({ kind: 'closed' });
  });

  it('from an admin', () => {
    expect(outcome({ adminUserIds: ['U7', 'U9'] }, stranger)).to.include({ kind: 'closed' });
  });
});

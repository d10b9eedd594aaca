import { expect } from 'chai';
import { type ChannelPolicy, DEFAULT_CHANNEL_POLICY } from '../../../src/domain/channel-policy.ts';
import { decide } from '../../../src/domain/decide.ts';
import { EMPTY_LEDGER } from '../../../src/domain/ledger.ts';
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import { aCommand, anOrder } from '../../support/commands.ts';

const outcome = (policy: Partial<ChannelPolicy>, command: Partial<RunCloseRequested>, closedBy?: string) =>
  decide(
    { ledger: EMPTY_LEDGER, policy: { ...DEFAULT_CHANNEL_POLICY, ...policy }, closedBy },
    aCommand(command),
  );

const stranger = { initiatorUserId: 'U1', actorUserId: 'U9' };

describe('a channel refuses a command', () => {
  it('when it is disabled', () => {
    expect(outcome({ enabled: false, version: 3 }, {})).to.deep.equal({
      kind: 'rejected',
      reason: 'CHANNEL_DISABLED',
      message: 'channel C1 is disabled',
      policyVersion: 3,
    });
  });

  it('when another command has closed the run, and names it', () => {
    expect(outcome({}, {}, 'command-0')).to.deep.equal({
      kind: 'rejected',
      reason: 'RUN_ALREADY_CLOSED',
      message: 'run run-1 was closed by command command-0',
      policyVersion: 0,
    });
  });

  it('when the actor is neither the initiator nor an admin', () => {
    expect(outcome({ adminUserIds: ['U7'] }, stranger)).to.deep.equal({
      kind: 'rejected',
      reason: 'UNAUTHORIZED',
      message: 'U9 is neither the initiator of run run-1 nor an admin of channel C1',
      policyVersion: 0,
    });
  });

  it('when nobody ordered', () => {
    expect(outcome({}, { orders: [] })).to.deep.equal({
      kind: 'rejected',
      reason: 'NO_ELIGIBLE_RUNNER',
      message: 'run run-1 has no orders',
      policyVersion: 0,
    });
  });

  it('when nobody who ordered can run', () => {
    expect(outcome({}, { orders: [anOrder({ canRun: false })] })).to.deep.equal({
      kind: 'rejected',
      reason: 'NO_ELIGIBLE_RUNNER',
      message: 'nobody who ordered in run run-1 can run',
      policyVersion: 0,
    });
  });

  it('for the first of these that holds', () => {
    const nothingRight = { ...stranger, orders: [] };
    expect(outcome({ enabled: false }, nothingRight, 'command-0')).to.include({ reason: 'CHANNEL_DISABLED' });
    expect(outcome({}, nothingRight, 'command-0')).to.include({ reason: 'RUN_ALREADY_CLOSED' });
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

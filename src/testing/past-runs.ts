import type { ChannelPolicy } from '../domain/channel-policy.ts';
import { decide } from '../domain/decide.ts';
import { evolve } from '../domain/ledger.ts';
import type { RunCloseRequested } from '../domain/records.ts';
import { firstFault } from '../domain/validate.ts';
import { wrongUse } from '../processor/failure.ts';
import type { WorkingChannel } from '../processor/working-channels.ts';

/** A run that was closed before the test begins. */
export type PastRun = {
  /** The user id of the person who made the run. */
  readonly runner: string;
  /** The user ids of everybody who ordered, one drink each. The runner may be left out. Default: the runner alone. */
  readonly members?: readonly string[];
};

/** Decides the run by the channel's policy as if only its runner had been able to go, and puts it into the ledger. Throws `WRONG_USE`. */
export const closePastRun = (
  channelId: string,
  channel: WorkingChannel,
  policy: ChannelPolicy,
  run: PastRun,
): void => {
  const runId = `past-run-${channel.ledger.head.sequence + 1}`;
  const command = commandOf(channelId, runId, run);
  const fault = firstFault(command, channelId);
  if (fault !== null) throw wrongUse(`a past run cannot be closed: ${fault}`);
  const decision = decide(
    { ledger: channel.ledger, policy: { ...policy, enabled: true }, closedBy: undefined },
    command,
  );
  const change = decision.kind === 'closed' ? evolve(channel.ledger, decision) : null;
  if (change !== null) channel.close(runId, { commandId: runId, runnerUserId: run.runner }, change);
};

const commandOf = (
  channelId: string,
  runId: string,
  { runner, members = [] }: PastRun,
): RunCloseRequested => ({
  commandId: runId,
  runId,
  channelId,
  channelName: null,
  initiatorUserId: runner,
  actorUserId: runner,
  allowConsecutiveRunner: true,
  requestedAt: 0,
  correlationId: null,
  pickupTime: null,
  pickupNote: null,
  orders: [...new Set([runner, ...members])].map((userId) => ({
    orderId: userId,
    userId,
    slackUserId: null,
    displayName: userId,
    text: 'coffee',
    provenance: 'manual',
    submittedAt: 0,
    confirmed: true,
    quantity: 1,
    canRun: userId === runner,
  })),
});

import {
  type ChannelPolicy,
  DEFAULT_CHANNEL_POLICY,
  POLICY_NAMES,
  REPEAT_RULES,
} from '../domain/channel-policy.ts';
import type { Order, RunClosed, RunCloseRequested } from '../domain/records.ts';

/** The command that closed a run, as far as the decision depends on it. Its orders come from the ranking in the event. */
export const commandOf = ({
  commandId,
  runId,
  channelId,
  runner,
  fairness,
}: RunClosed): RunCloseRequested => ({
  commandId,
  runId,
  channelId,
  channelName: null,
  initiatorUserId: runner.userId,
  actorUserId: runner.userId,
  allowConsecutiveRunner: fairness.repeatAllowed,
  requestedAt: 0,
  correlationId: null,
  pickupTime: null,
  pickupNote: null,
  orders: fairness.ranking.map(({ userId, displayName, quantity, exclusion }): Order => ({
    orderId: userId,
    userId,
    slackUserId: userId === runner.userId ? runner.slackUserId : null,
    displayName,
    text: '',
    provenance: 'manual',
    submittedAt: 0,
    confirmed: true,
    quantity,
    canRun: exclusion !== 'CANNOT_RUN',
  })),
});

export type RunSettings = Pick<ChannelPolicy, 'policy' | 'windowRuns' | 'repeat'>;

/** The policy under which a run was closed, as far as the event contains it. */
export const policyOf = (settings: RunSettings, version: number): ChannelPolicy => ({
  ...DEFAULT_CHANNEL_POLICY,
  version,
  policy: settings.policy,
  windowRuns: settings.windowRuns,
  repeat: settings.repeat,
});

/** The settings in an event, or the first field with an unknown value. */
export const runSettingsIn = ({
  policy,
  windowRuns,
  repeat,
}: RunClosed['fairness']): RunSettings | { readonly unknown: 'policy' | 'windowRuns' | 'repeat' } => {
  const knownPolicy = POLICY_NAMES.find((name) => name === policy);
  if (knownPolicy === undefined) return { unknown: 'policy' };
  if (!Number.isInteger(windowRuns) || windowRuns < 1 || windowRuns > 50) return { unknown: 'windowRuns' };
  const knownRepeat = REPEAT_RULES.find((name) => name === repeat);
  return knownRepeat === undefined
    ? { unknown: 'repeat' }
    : { policy: knownPolicy, windowRuns, repeat: knownRepeat };
};

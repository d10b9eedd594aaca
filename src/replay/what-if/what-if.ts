import { decide } from '../../domain/decide.ts';
import { POLICIES } from '../../domain/policies.ts';
import type { RunClosed } from '../../domain/records.ts';
import { commandOf, policyOf, runSettingsIn, type RunSettings } from '../reconstructed-command.ts';
import { fairnessOf, type FairnessFigures } from './fairness-figures.ts';
import { createStandings, type Standings } from './standings.ts';

export type ChangedPick = {
  readonly channelId: string;
  readonly runId: string;
  readonly sequence: number;
  readonly was: string;
  readonly whatIf: string;
};

export type WhatIfReport = {
  readonly runs: number;
  readonly channels: number;
  readonly picksChanged: number;
  /** The number of runs that would be decided by a policy with a window. */
  readonly runsByWindow: number;
  /** The first changed picks. */
  readonly examples: readonly ChangedPick[];
  readonly was: FairnessFigures;
  readonly whatIf: FairnessFigures;
  /** The people with the largest change come first. */
  readonly people: readonly AffectedPerson[];
  /** Channels whose first runs are missing: both sides start at 0 with the first run that is present. */
  readonly beginInTheMiddle: number;
  /** Runs that are missing or out of order between other runs of their channel. Both sides continue without these runs. */
  readonly missingRuns: number;
  readonly channelsWithMissingRuns: number;
};

export type AffectedPerson = {
  readonly channelId: string;
  readonly userId: string;
  readonly attended: number;
  /** Runs made minus fair share; negative: owes runs. */
  readonly was: number;
  readonly whatIf: number;
};

export type WhatIf = {
  /** The next run of a channel. */
  take(event: RunClosed): void;
  report(): WhatIfReport;
};

/**
 * Decides real runs again under another policy: the same people order in the same runs, and each pick influences the later picks. Measures
 * both sides in the same way. Memory grows with the number of channels and members.
 *
 * @param changes the settings that are different; all other settings are those that were in force
 * @param examples how many changed picks the report lists
 */
export const createWhatIf = (changes: Partial<RunSettings>, examples: number): WhatIf => {
  const channels = new Map<string, Channel>();
  const changed: ChangedPick[] = [];
  let [runs, picksChanged, runsByWindow, beginInTheMiddle] = [0, 0, 0, 0];

  const openChannel = ({ channelId, sequence }: RunClosed) => {
    const channel: Channel = {
      was: createStandings(),
      whatIf: createStandings(),
      last: sequence - 1,
      missingRuns: 0,
    };
    channels.set(channelId, channel);
    if (sequence > 1) beginInTheMiddle += 1;
    return channel;
  };

  return {
    take: (event) => {
      const { channelId, runId, sequence, runner, fairness } = event;
      const settings = runSettingsIn(fairness);
      if ('unknown' in settings) return;
      const channel = channels.get(channelId) ?? openChannel(event);
      // The event may have been emitted twice.
      if (sequence <= channel.last) return;
      channel.missingRuns += sequence - channel.last - 1;
      channel.last = sequence;
      const { was, whatIf } = channel;
      const policy = policyOf({ ...settings, ...changes }, fairness.policyVersion);
      const decision = decide({ ledger: whatIf.ledger, policy, closedBy: undefined }, commandOf(event));
      // A run without anybody who can fetch is never closed, so a true event does not come here.
      if (decision.kind === 'rejected') return;
      runs += 1;
      if (POLICIES[policy.policy].usesWindow) runsByWindow += 1;
      was.take(event);
      whatIf.take(decision);
      if (decision.runner.userId === runner.userId) return;
      picksChanged += 1;
      if (changed.length < examples)
        changed.push({ channelId, runId, sequence, was: runner.userId, whatIf: decision.runner.userId });
    },
    report: () => {
      // Sort the channels, so that the report does not depend on the order of the events.
      const all = [...channels.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
      return {
        runs,
        channels: channels.size,
        picksChanged,
        runsByWindow,
        examples: changed,
        was: fairnessOf(all.map(([channelId, { was }]) => ({ channelId, people: was.all() }))),
        whatIf: fairnessOf(all.map(([channelId, { whatIf }]) => ({ channelId, people: whatIf.all() }))),
        people: mostAffected(all),
        beginInTheMiddle,
        missingRuns: all.reduce((sum, [, channel]) => sum + channel.missingRuns, 0),
        channelsWithMissingRuns: all.filter(([, channel]) => channel.missingRuns > 0).length,
      };
    },
  };
};

type Channel = {
  readonly was: Standings;
  readonly whatIf: Standings;
  /** The sequence of its last run. */
  last: number;
  missingRuns: number;
};

/** As many as a chart can show. */
const MAX_PEOPLE = 40;

const mostAffected = (channels: readonly (readonly [string, Channel])[]): readonly AffectedPerson[] =>
  channels
    .flatMap(([channelId, { was, whatIf }]) => {
      const others = new Map(whatIf.all().map((standing) => [standing.userId, standing]));
      return was.all().map(({ userId, attended, made, fairShare }) => ({
        channelId,
        userId,
        attended,
        was: made - fairShare,
        whatIf: (others.get(userId)?.made ?? 0) - fairShare,
      }));
    })
    .sort((a, b) => Math.abs(b.whatIf - b.was) - Math.abs(a.whatIf - a.was))
    .slice(0, MAX_PEOPLE);

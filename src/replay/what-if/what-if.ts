import { decide } from '../../domain/decide.ts';
import type { RunClosed } from '../../domain/records.ts';
import { commandOf, policyOf, settingsOf, type RunSettings } from '../reconstructed-command.ts';
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
  /** Of the runs as they would be decided: those whose policy looks at a window. */
  readonly runsByWindow: number;
  /** The first ones. */
  readonly examples: readonly ChangedPick[];
  readonly was: FairnessFigures;
  readonly whatIf: FairnessFigures;
  /** For whom most would change, first. */
  readonly people: readonly AffectedPerson[];
  /** Channels whose first runs are not there: both sides begin at 0 with the first one that is. */
  readonly beginInTheMiddle: number;
  /** Runs that are not there, or not in their turn, between others of their channel: both sides go on without them. */
  readonly missingRuns: number;
  readonly channelsWithMissingRuns: number;
};

export type AffectedPerson = {
  readonly channelId: string;
  readonly userId: string;
  readonly attended: number;
  /** Runs made − fair share. */
  readonly was: number;
  readonly whatIf: number;
};

export type WhatIf = {
  /** The next run of a channel. */
  take(event: RunClosed): void;
  report(): WhatIfReport;
};

/**
 * Decides real runs again under another policy: the same people order in the same runs, and each pick has its consequences for
 * the ones behind it. Both sides are measured alike. Memory grows with channels and members.
 *
 * @param changes what is different; all else is as it was in force
 * @param examples how many changed picks are told
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
      const settings = settingsOf(fairness);
      if ('unknown' in settings) return;
      const channel = channels.get(channelId) ?? openChannel(event);
      // It may have been emitted again.
      if (sequence <= channel.last) return;
      channel.missingRuns += sequence - channel.last - 1;
      channel.last = sequence;
      const { was, whatIf } = channel;
      const policy = policyOf({ ...settings, ...changes }, fairness.policyVersion);
      const decision = decide({ ledger: whatIf.ledger, policy, closedBy: undefined }, commandOf(event));
      // Whom nobody could fetch for was never closed, so this does not happen to an event that is true.
      if (decision.kind === 'rejected') return;
      runs += 1;
      if (policy.policy === 'window-count') runsByWindow += 1;
      was.take(event);
      whatIf.take(decision);
      if (decision.runner.userId === runner.userId) return;
      picksChanged += 1;
      if (changed.length < examples)
        changed.push({ channelId, runId, sequence, was: runner.userId, whatIf: decision.runner.userId });
    },
    report: () => {
      // However the channels came, they are told in one order.
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
const MOST_PEOPLE = 40;

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
    .slice(0, MOST_PEOPLE);

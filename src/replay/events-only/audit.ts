/**
 * Checks a history with nothing but `run.closed` events: decides every run again on the ledger that the earlier runs have left, and
 * compares. Memory depends on the number of channels and people, not on the length of the history. No event makes it throw.
 */
import type { RunClosed } from '../../domain/records.ts';
import type { ClosedRunEvent } from '../closed-runs.ts';
import { type EventDivergence, finding, type Finding } from './divergence.ts';
import { isForgotten } from './forgotten.ts';
import { createRunCheck, type RunCheck } from './run-check.ts';
import { chargesDifference, runnerDifference, shapeFaults } from './run-shape.ts';
import {
  type Arrival,
  createSequenceOrder,
  type Known,
  knownOf,
  type SequenceOrder,
} from './sequence-order.ts';

export type EventsOnlyAudit = {
  /** Takes the next event of its channel, in the order of the log. Returns the divergences that are known so far. */
  take(item: ClosedRunEvent): readonly EventDivergence[];
  /** Checks the events that still wait for a missing one. */
  end(): readonly EventDivergence[];
  coverage(): Coverage;
};

/** What was checked, and what could not be checked. */
export type Coverage = {
  readonly events: number;
  /** The number of events that were decided again. */
  readonly decided: number;
  /** Events whose names and explanation are redacted. Everything else in them was compared. */
  readonly forgotten: number;
  readonly channels: number;
  /** Channels whose first runs are missing. `first` is the first sequence that is present. */
  readonly beginInTheMiddle: readonly { readonly channelId: string; readonly first: number }[];
  /** Channels in which some people's numbers were taken from their first event after missing runs. */
  readonly channelsWithPeopleGiven: number;
  readonly peopleGiven: number;
  /** Runs whose window contains missing runs. Who made the missing runs was taken from the event. */
  readonly windowsGiven: number;
};

export type AuditDeps = {
  /** The id that the `run.closed` event of this channel and command has. */
  readonly eventIdOf: (event: Pick<RunClosed, 'channelId' | 'commandId'>) => string;
};

type AuditedChannel = {
  readonly order: SequenceOrder;
  readonly runs: RunCheck;
  first: number;
};

export const createEventsOnlyAudit = ({ eventIdOf }: AuditDeps): EventsOnlyAudit => {
  const channels = new Map<string, AuditedChannel>();
  const counts = { events: 0, decided: 0, forgotten: 0 };

  const open = (channelId: string): AuditedChannel => {
    const opened: AuditedChannel = { order: createSequenceOrder(), runs: createRunCheck(), first: 1 };
    channels.set(channelId, opened);
    return opened;
  };

  const arrive = (channel: AuditedChannel, arrival: Arrival): readonly EventDivergence[] => {
    switch (arrival.kind) {
      case 'beginning':
        channel.first = arrival.missed + 1;
        if (arrival.missed > 0) channel.runs.miss(1, arrival.missed);
        return [];
      case 'next':
        counts.decided += 1;
        return divergencesAt(arrival.item, channel.runs.check(arrival.item.event));
      case 'missing': {
        const { from, to, item } = arrival;
        channel.runs.miss(from, to);
        const expected = from === to ? `run ${String(from)}` : `runs ${String(from)} to ${String(to)}`;
        return divergencesAt(item, [finding('EVENT_MISSING', 'sequence', expected, `run ${String(to + 1)}`)]);
      }
      case 'reordered':
        return [outOfOrder(arrival.item, arrival.behind)];
      case 'late':
        return [
          outOfOrder(arrival.item, arrival.behind),
          ...divergencesAt(arrival.item, chargesDifference(arrival.item.event)),
        ];
      case 'doubled':
        return divergencesAt(arrival.item, findingsOfDouble(arrival.item, arrival.first));
      case 'taken': {
        const { item, first } = arrival;
        const expected = `${first.eventId} at ${first.position}`;
        return divergencesAt(item, [finding('SEQUENCE_TAKEN', 'sequence', expected, item.event.eventId)]);
      }
    }
  };

  return {
    take: (item) => {
      const { event } = item;
      counts.events += 1;
      if (isForgotten(event)) counts.forgotten += 1;
      if (!(Number.isSafeInteger(event.sequence) && event.sequence >= 1))
        return divergencesAt(item, [finding('SEQUENCE_IMPOSSIBLE', 'sequence', '1 or more', event.sequence)]);
      const channel = channels.get(event.channelId) ?? open(event.channelId);
      const eventId = eventIdOf(event);
      return [
        ...(eventId === event.eventId
          ? []
          : divergencesAt(item, [finding('EVENT_ID_DIFFERS', 'eventId', eventId, event.eventId)])),
        ...channel.order.take(item).flatMap((arrival) => arrive(channel, arrival)),
      ];
    },
    end: () =>
      [...channels.values()].flatMap((channel) =>
        channel.order.end().flatMap((arrival) => arrive(channel, arrival)),
      ),
    coverage: () => {
      const all = [...channels];
      return {
        ...counts,
        channels: channels.size,
        beginInTheMiddle: all.flatMap(([channelId, { first }]) => (first > 1 ? [{ channelId, first }] : [])),
        channelsWithPeopleGiven: all.filter(([, { runs }]) => runs.peopleGiven() > 0).length,
        peopleGiven: all.reduce((sum, [, { runs }]) => sum + runs.peopleGiven(), 0),
        windowsGiven: all.reduce((sum, [, { runs }]) => sum + runs.windowsGiven(), 0),
      };
    },
  };
};

/**
 * The second event may not be a true copy. If the first one is known, compares their contents; otherwise only checks the event by itself.
 */
const findingsOfDouble = (item: ClosedRunEvent, first: Known | null): readonly Finding[] => {
  const { event } = item;
  if (first === null)
    return [
      finding('EVENT_DOUBLED', 'sequence', 'one event', 'another with its id'),
      ...runnerDifference(event),
      ...shapeFaults(event),
      ...chargesDifference(event),
    ];
  const found =
    knownOf(item).content === first.content ? 'a copy of it' : 'another with its id, and other content';
  return [finding('EVENT_DOUBLED', 'sequence', `one event, at ${first.position}`, found)];
};

const outOfOrder = (item: ClosedRunEvent, behind: number): EventDivergence => {
  const { sequence } = item.event;
  const what = finding(
    'EVENT_REORDERED',
    'sequence',
    `before run ${String(sequence + 1)}`,
    `behind run ${String(behind)}`,
  );
  return divergenceAt(item, what);
};

const divergencesAt = (item: ClosedRunEvent, findings: readonly Finding[]): readonly EventDivergence[] =>
  findings.map((what) => divergenceAt(item, what));

const divergenceAt = ({ event, position }: ClosedRunEvent, { code, ...what }: Finding): EventDivergence => ({
  code,
  channelId: event.channelId,
  runId: event.runId,
  sequence: event.sequence,
  position,
  ...what,
});

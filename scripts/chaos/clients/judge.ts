/** What is wrong with a run: the answers or the handled events, compared with the events that Kafka's own consumer has read. */
import type { RunCloseRequested } from '../../../src/domain/records.ts';
import type { TopicNames } from '../../../src/kafka/names/topic-names.ts';
import type { CloseResult } from '../../../src/sdk/close-result.ts';
import type { OutputRecord } from '../evidence/evidence.ts';
import { eventIn, grouped } from '../evidence/events.ts';
import type { Handled } from './subscriber-program.ts';

type Outcome = { readonly outcome: string; readonly commandId: string; readonly eventId: string };

/** Each command must have exactly one event, and the answer must be that event. */
export const wrongAnswers = (
  commands: readonly RunCloseRequested[],
  answers: ReadonlyMap<number, CloseResult>,
  outputs: readonly OutputRecord[],
): readonly string[] => {
  const outcomes = grouped(outputs.flatMap(outcomesIn), ({ commandId }) => commandId);
  return commands.flatMap(({ commandId }, number) => {
    const told = inWords(answers.get(number));
    const [only, ...others] = (outcomes.get(commandId) ?? []).map(
      (event) => `${event.outcome} ${event.eventId}`,
    );
    if (others.length > 0) return [`${commandId} has ${others.length + 1} events`];
    return only !== undefined && told === only
      ? []
      : [`${commandId}: told ${told}, but the topics say ${only ?? 'nothing'}`];
  });
};

/** An event is at this place. */
export const placeOfEvent = ({
  topic,
  partition,
  offset,
}: Pick<Handled, 'topic' | 'partition' | 'offset'>): string => `${topic}/${partition}@${offset}`;

/** Each event must be handled, and for the first time after all earlier events of its channel and topic. */
export const wrongHandling = (
  commands: number,
  handled: readonly Handled[],
  outputs: readonly OutputRecord[],
  names: TopicNames,
): readonly string[] => {
  const events = outputs.filter(({ role }) => role === 'closed' || role === 'rejected');
  const expected = new Set(
    events.map(({ role, ...position }) => placeOfEvent({ topic: names[role], ...position })),
  );
  const first = new Map<string, Handled>();
  for (const event of handled) if (!first.has(placeOfEvent(event))) first.set(placeOfEvent(event), event);
  const inOrder = grouped([...first.values()], ({ channelId, topic }) => `${channelId} in ${topic}`);
  return [
    ...(events.length === commands ? [] : [`${commands} commands have ${events.length} events`]),
    ...[...expected].filter((place) => !first.has(place)).map((place) => `${place} was never handled`),
    ...[...first.keys()]
      .filter((place) => !expected.has(place))
      .map((place) => `${place} was handled, but is no event`),
    ...[...inOrder].flatMap(([channel, its]) =>
      its.flatMap(({ offset }, n) => {
        const before = its[n - 1]?.offset ?? -1;
        return before < offset ? [] : [`${channel}: ${offset} was handled after ${before}`];
      }),
    ),
  ];
};

const outcomesIn = (record: OutputRecord): readonly Outcome[] => {
  const { role } = record;
  const event = role === 'closed' || role === 'rejected' ? eventIn(record) : null;
  return event === null ? [] : [{ outcome: role, commandId: event.commandId, eventId: event.eventId }];
};

const inWords = (answer: CloseResult | undefined): string => {
  const outcome = answer?.outcome === 'duplicate' ? answer.first : answer;
  if (outcome === undefined) return answer === undefined ? 'nothing' : 'a duplicate of nothing';
  return 'event' in outcome ? `${outcome.outcome} ${outcome.event.eventId}` : outcome.outcome;
};

import { EVENT_HEADERS, type EventHeader } from '../wire/event-headers.ts';
import { traceparentIn } from '../wire/traceparent.ts';
import { echoed } from '../domain/ids.ts';
import { nearestValidTime } from '../domain/times.ts';
import { EVENT_TYPES } from '../wire/event-types.ts';
import type { Owed } from './decide-record.ts';
import type { InputRecord } from './ports/input-record.ts';
import type { Emission } from './ports/output.ts';
import type { Frame } from './ports/record-codec.ts';

type EventsOwed = Extract<Owed, { kind: 'events' }>;

export type TraceparentOf = (record: InputRecord) => string | undefined;

const traceparentOfRecord: TraceparentOf = ({ headers }) => traceparentIn(headers);

export type EmissionContext = {
  readonly groupId: string;
  /** Puts the wire format before an Avro body. */
  readonly frame: Frame;
  /** The `source-offset` header's value for an input offset. */
  readonly sourceOf: (offset: number) => string;
  /** The `traceparent` of a record's events, if they have one. Default: that of the record. */
  readonly traceparentOf?: TraceparentOf;
};

/**
 * The owed events and dead letters as records for the output topics, in record order. Events use the binary mode of CloudEvents.
 *
 * Headers are not stored. A redelivered record gets them again from its command, its position and its bodies, and `replay verify` compares
 * them. So take no header from the channel's current state, such as its policy.
 */
export const emissionsOf = (
  owed: readonly Owed[],
  { groupId, frame, sourceOf, traceparentOf = traceparentOfRecord }: EmissionContext,
): readonly Emission[] => {
  const emissions: Emission[] = [];
  for (const item of owed) {
    switch (item.kind) {
      case 'nothing':
        break;
      case 'dead-letter':
        emissions.push({ kind: 'dead-letter', record: item.record, poison: item.poison });
        break;
      case 'events':
        addEvents(emissions, item, frame, {
          groupId,
          source: sourceOf(item.record.offset),
          traceparent: traceparentOf(item.record),
        });
        break;
    }
  }
  return emissions;
};

/** The facts of an event's headers that neither its command nor its body has. */
type Origin = {
  readonly groupId: string;
  readonly source: string;
  readonly traceparent: string | undefined;
};

const addEvents = (
  emissions: Emission[],
  { bodies, writtenWith, eventIds, command, record }: EventsOwed,
  frame: Frame,
  { groupId, source, traceparent }: Origin,
): void => {
  const { commandId, correlationId, runId, requestedAt } = command;
  const time = new Date(nearestValidTime(requestedAt)).toISOString();
  for (const type of EVENT_TYPES) {
    const body = bodies[type];
    const eventId = eventIds[type];
    if (body === undefined || eventId === undefined) continue;
    emissions.push({
      kind: 'event',
      type,
      key: record.key,
      value: frame(type, body, writtenWith?.[type]),
      headers: headersWith({
        ce_specversion: '1.0',
        ce_id: eventId,
        ce_type: type,
        ce_source: `/runclose/${groupId}`,
        ce_time: time,
        ce_subject: echoed(runId),
        'content-type': 'application/avro',
        'correlation-id': correlationId === null ? undefined : echoed(correlationId),
        'causation-id': echoed(commandId),
        traceparent,
        'source-offset': source,
      }),
    });
  }
};

/** Leaves out the headers that have no value. */
const headersWith = (
  values: Readonly<Record<EventHeader, string | undefined>>,
): (readonly [name: EventHeader, value: string])[] => {
  const headers: (readonly [EventHeader, string])[] = [];
  for (const name of EVENT_HEADERS) {
    const value = values[name];
    if (value !== undefined) headers.push([name, value]);
  }
  return headers;
};

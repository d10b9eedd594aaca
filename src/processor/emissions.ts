import type { EventHeader } from '../wire/event-headers.ts';
import { CAUSATION_HEADER, SOURCE_HEADER, TYPE_HEADER } from '../wire/headers.ts';
import { TRACE_HEADER, traceparentIn } from '../wire/traceparent.ts';
import { echoed } from '../domain/ids.ts';
import { nearestValidTime } from '../domain/times.ts';
import { EVENT_TYPES, type EventType } from '../wire/event-types.ts';
import type { Owed } from './decide-record.ts';
import type { InputRecord } from './ports/input-record.ts';
import type { Emission } from './ports/output.ts';
import type { Frame } from './ports/record-codec.ts';

type EventsOwed = Extract<Owed, { kind: 'events' }>;

export type TraceparentOf = (record: InputRecord) => string | undefined;

const ofItsCommand: TraceparentOf = ({ headers }) => traceparentIn(headers);

/**
 * The owed events and dead letters as records for the output topics, in record order. Events use the binary mode of CloudEvents.
 *
 * Headers are not stored. A redelivered record gets them again from its command, its position and its bodies, and `replay verify` compares
 * them. So take no header from the channel's current state, such as its policy.
 *
 * @param frame puts the wire format before an Avro body
 * @param sourceOf the `source-offset` header's value for an input offset
 * @param traceparentOf the `traceparent` of a record's events, if they have one
 */
export const emissionsOf = (
  owed: readonly Owed[],
  groupId: string,
  frame: Frame,
  sourceOf: (offset: number) => string,
  traceparentOf: TraceparentOf = ofItsCommand,
): readonly Emission[] => {
  const emissions: Emission[] = [];
  const groupSource: Header = ['ce_source', `/runclose/${groupId}`];
  for (const item of owed) {
    switch (item.kind) {
      case 'nothing':
        break;
      case 'dead-letter':
        emissions.push({ kind: 'dead-letter', record: item.record, poison: item.poison });
        break;
      case 'events':
        addEvents(
          emissions,
          item,
          groupSource,
          frame,
          sourceOf(item.record.offset),
          traceparentOf(item.record),
        );
        break;
    }
  }
  return emissions;
};

type Header = readonly [name: EventHeader, value: string];

const addEvents = (
  emissions: Emission[],
  { bodies, writtenWith, eventIds, command, record }: EventsOwed,
  groupSource: Header,
  frame: Frame,
  source: string,
  traceparent: string | undefined,
): void => {
  const { commandId, correlationId, runId, requestedAt } = command;
  // Both events of a run share these headers, so build them once.
  const shared: Header[] = [
    groupSource,
    ['ce_time', new Date(nearestValidTime(requestedAt)).toISOString()],
    ['ce_subject', echoed(runId)],
    CONTENT_TYPE,
  ];
  if (correlationId !== null) shared.push(['correlation-id', echoed(correlationId)]);
  shared.push([CAUSATION_HEADER, echoed(commandId)]);
  if (traceparent !== undefined) shared.push([TRACE_HEADER, traceparent]);
  shared.push([SOURCE_HEADER, source]);
  for (const type of EVENT_TYPES) {
    const body = bodies[type];
    const eventId = eventIds[type];
    if (body === undefined || eventId === undefined) continue;
    emissions.push({
      kind: 'event',
      type,
      key: record.key,
      value: frame(type, body, writtenWith?.[type]),
      headers: [SPEC_VERSION, ['ce_id', eventId], TYPE_HEADERS[type], ...shared],
    });
  }
};

const SPEC_VERSION: Header = ['ce_specversion', '1.0'];
const CONTENT_TYPE: Header = ['content-type', 'application/avro'];
const TYPE_HEADERS: Readonly<Record<EventType, Header>> = {
  'run.closed': [TYPE_HEADER, 'run.closed'],
  'run.summary': [TYPE_HEADER, 'run.summary'],
  'run.close.rejected': [TYPE_HEADER, 'run.close.rejected'],
};

import { SOURCE_HEADER, TYPE_HEADER, type Headers } from '../wire/headers.ts';
import { echoed } from '../domain/ids.ts';
import { nearestValidTime } from '../domain/times.ts';
import { EVENT_TYPES, type EventType } from '../wire/event-types.ts';
import type { Owed } from './decide-record.ts';
import type { Emission } from './ports/output.ts';
import type { Frame } from './ports/record-codec.ts';

type EventsOwed = Extract<Owed, { kind: 'events' }>;

/**
 * The owed events and dead letters as records for the output topics, in record order. Events use the binary mode of CloudEvents.
 *
 * @param frame puts the wire format before an Avro body
 * @param sourceOf the `source-offset` header's value for an input offset
 */
export const emissionsOf = (
  owed: readonly Owed[],
  groupId: string,
  frame: Frame,
  sourceOf: (offset: number) => string,
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
        addEvents(emissions, item, groupSource, frame, sourceOf(item.record.offset));
        break;
    }
  }
  return emissions;
};

type Header = readonly [name: string, value: string];

const addEvents = (
  emissions: Emission[],
  { bodies, writtenWith, eventIds, command, record }: EventsOwed,
  groupSource: Header,
  frame: Frame,
  source: string,
): void => {
  const { commandId, correlationId, runId, requestedAt } = command;
  const traceparent = traceparentOf(record.headers);
  // Both events of a run share these headers, so build them once.
  const shared: Header[] = [
    groupSource,
    ['ce_time', new Date(nearestValidTime(requestedAt)).toISOString()],
    ['ce_subject', echoed(runId)],
    CONTENT_TYPE,
  ];
  if (correlationId !== null) shared.push(['correlation-id', echoed(correlationId)]);
  shared.push(['causation-id', echoed(commandId)]);
  if (traceparent !== undefined) shared.push(['traceparent', traceparent]);
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

/** The last `traceparent`, if it is valid: a publisher can put anything of any size into a header, and each event would carry it. */
const traceparentOf = (headers: Headers): string | undefined => {
  const value = headers.findLast(([name]) => name === 'traceparent')?.[1];
  if (value?.length !== TRACEPARENT_LENGTH) return undefined;
  const text = value.toString('latin1');
  return TRACEPARENT.test(text) ? text : undefined;
};

/** W3C Trace Context: a version, a trace id and a parent id that are not all zeros, and flags. */
const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACEPARENT_LENGTH = 55;

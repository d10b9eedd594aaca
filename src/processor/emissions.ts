import { SOURCE_HEADER, TYPE_HEADER, type Headers } from '../wire/headers.ts';
import { echoed } from '../domain/ids.ts';
import { nearestValidTime } from '../domain/times.ts';
import { EVENT_TYPES } from '../wire/event-types.ts';
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
): readonly Emission[] =>
  owed.flatMap((item): readonly Emission[] => {
    switch (item.kind) {
      case 'nothing':
        return [];
      case 'dead-letter':
        return [{ kind: 'dead-letter', record: item.record, poison: item.poison }];
      case 'events':
        return eventsOf(item, groupId, frame, sourceOf(item.record.offset));
    }
  });

const eventsOf = (
  { bodies, writtenWith, eventIds, command, record }: EventsOwed,
  groupId: string,
  frame: Frame,
  source: string,
): readonly Emission[] => {
  const { commandId, correlationId, runId, requestedAt } = command;
  const traceparent = traceparentOf(record.headers);
  // Both events of a run share these headers, so build them once.
  const shared = [
    ['ce_source', `/runclose/${groupId}`],
    ['ce_time', new Date(nearestValidTime(requestedAt)).toISOString()],
    ['ce_subject', echoed(runId)],
    ['content-type', 'application/avro'],
    ...(correlationId === null ? [] : [['correlation-id', echoed(correlationId)] as const]),
    ['causation-id', echoed(commandId)],
    ...(traceparent === undefined ? [] : [['traceparent', traceparent] as const]),
    [SOURCE_HEADER, source],
  ] as const;
  const events: Emission[] = [];
  for (const type of EVENT_TYPES) {
    const body = bodies[type];
    const eventId = eventIds[type];
    if (body === undefined || eventId === undefined) continue;
    const headers = [SPEC_VERSION, ['ce_id', eventId], [TYPE_HEADER, type], ...shared] as const;
    events.push({
      kind: 'event',
      type,
      key: record.key,
      value: frame(type, body, writtenWith?.[type]),
      headers,
    });
  }
  return events;
};

const SPEC_VERSION = ['ce_specversion', '1.0'] as const;

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
